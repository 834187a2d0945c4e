using System.CommandLine;
using Mdm.Abstractions;
using Mdm.Cli.Described;
using Mdm.Client;
using Mdm.Formats.Keystores;

namespace Mdm.Cli.Eds;

/// <summary><c>glite-eds-encrypt</c> and <c>glite-eds-decrypt</c>: files of this machine.</summary>
internal static class EdsFileCommands
{
    /// <summary>What becomes of a file that is there.</summary>
    public const string Replaced = "one that is there is replaced and keeps its mode, a new one is readable by you and your group at most. A device or pipe is written into.";

    public static DescribedCommand Encrypt(Terminal terminal)
    {
        var (id, from, to) = (EdsCall.Id(), new Argument<string>("IN") { Description = "The file to seal." }, new Argument<string>("OUT") { Description = "The sealed file; " + Replaced });
        var command = new DescribedCommand("glite-eds-encrypt", "Seals a file with a key that is registered: authenticated, in the format in which hosts deliver (docs/formats.md). OUT appears when all of it is there.")
        {
            id, from, to,
            new Example("glite-eds-encrypt brain-17 mask.nii mask.nii.sealed", "Seals mask.nii; whoever may get the key brain-17 opens it again."),
            new SeeAlso("glite-eds-decrypt"), new SeeAlso("glite-eds-put"), new SeeAlso("mdm decrypt"),
        };
        return EdsCall.Command(terminal, command, async (call, cancellationToken) =>
        {
            var (keyId, key) = await call.GetAsync(call.Parsed.GetRequiredValue(id), cancellationToken);
            using (key)
                await GridFiles.SealAsync(call.Parsed.GetRequiredValue(from), call.Parsed.GetRequiredValue(to), keyId, key, replaces: true, cancellationToken);
            call.Say($"encrypted {call.Parsed.GetRequiredValue(to)}");
        });
    }

    public static DescribedCommand Decrypt(Terminal terminal)
    {
        var (id, from, to) = (EdsCall.Id(), new Argument<string>("IN") { Description = "The sealed file." }, new Argument<string>("OUT") { Description = "The file to write; " + Replaced });
        var command = new DescribedCommand("glite-eds-decrypt", "Deciphers a sealed file. The file names its key itself; that it is the key of ID is checked, where ID is a key's name or a file's GUID. OUT appears when all of it is authentic.")
        {
            id, from, to,
            new Example("glite-eds-decrypt brain-17 mask.nii.sealed mask.nii", "Opens what brain-17 sealed."),
            new Example("glite-eds-decrypt /1.2.3/1.2.4/1.2.5 slice.sealed slice.dcm", "Opens a published image as another client fetched it: STUDY, SERIES and SOP are its ID."),
            new SeeAlso("glite-eds-encrypt"), new SeeAlso("glite-eds-get"), new SeeAlso("mdm decrypt"),
        };
        return EdsCall.Command(terminal, command, async (call, cancellationToken) =>
        {
            var name = KeyName.Parse(call.Parsed.GetRequiredValue(id));
            var (source, destination) = (call.Parsed.GetRequiredValue(from), call.Parsed.GetRequiredValue(to));
            await GridFiles.DecipherAsync(source, destination, replaces: true, (keyId, token) => KeyOfAsync(call, name, keyId, token), cancellationToken);
            call.Say($"decrypted {destination}");
        });
    }

    /// <summary>The key that a sealed file names.</summary>
    /// <param name="call">The run.</param>
    /// <param name="name">What the user called it; null for nothing. What begins with a slash may be the id of a published image and stands for a file, whose key it does not name.</param>
    /// <param name="key">What the file says.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async ValueTask<ContentKey> KeyOfAsync(EdsCall call, KeyName? name, KeyId key, CancellationToken cancellationToken) =>
        name is null || name.Text.StartsWith('/') || name.Ids.Contains(key) || await new FileOfId(call.Terminal).IsSealedWithAsync(name.Text, key, cancellationToken)
            ? await call.Keys.Group.GetKeyAsync(key, cancellationToken)
            : throw new MdmException(MdmErrorKind.Refused, $"The file is sealed with another key than '{name.Text}': {key}.");
}
