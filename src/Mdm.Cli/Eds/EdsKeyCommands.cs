using System.CommandLine;
using Mdm.Cli.Described;
using Mdm.Formats.Keystores;

namespace Mdm.Cli.Eds;

/// <summary><c>glite-eds-key-register</c> and <c>glite-eds-key-unregister</c>.</summary>
internal static class EdsKeyCommands
{
    public static DescribedCommand Register(Terminal terminal)
    {
        var id = new Argument<string>("ID") { Description = $"Its name, of up to {KeyName.MaxLength} characters, or 32 hexadecimal digits." };
        var cipher = new CipherOptions();
        var command = new DescribedCommand("glite-eds-key-register", "Makes a key and keeps its shares at the keystores. The key itself is kept nowhere. A name that is taken is an error.")
        {
            id,
            new Example("glite-eds-key-register brain-17", "From now on glite-eds-encrypt brain-17 seals files."),
            new SeeAlso("glite-eds-key-unregister"), new SeeAlso("glite-eds-encrypt"), new SeeAlso("mdm key register"),
        };
        cipher.AddTo(command);
        return EdsCall.Command(terminal, command, async (call, cancellationToken) =>
        {
            cipher.Remark(call);
            var name = KeyName.Parse(call.Parsed.GetRequiredValue(id));
            await call.RegisterAsync(name, cancellationToken);
            call.Say($"registered {name.Text}");
        });
    }

    public static DescribedCommand Unregister(Terminal terminal)
    {
        var id = EdsCall.Id();
        var command = new DescribedCommand("glite-eds-key-unregister", "Destroys a key for good: what was sealed with it opens no more. It takes the right d.")
        {
            id,
            new Example("glite-eds-key-unregister brain-17", "Nobody opens what brain-17 sealed any more. A second time is an error."),
            new SeeAlso("glite-eds-key-register"), new SeeAlso("mdm key unregister"),
        };
        return EdsCall.Command(terminal, command, async (call, cancellationToken) =>
        {
            var name = call.Parsed.GetRequiredValue(id);
            await call.DestroyAsync(name, cancellationToken);
            call.Say($"unregistered {name}");
        });
    }
}
