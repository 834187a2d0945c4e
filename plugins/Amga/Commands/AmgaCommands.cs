using Mdm.Plugins.Amga.Sessions;
using Mdm.Plugins.Amga.Store;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>The commands of one session.</summary>
internal sealed class AmgaCommands(Session session) : ICommands
{
    public async ValueTask ExecuteAsync(IReadOnlyList<string> tokens, IAnswer answer, CancellationToken cancellationToken)
    {
        var arguments = new Arguments(tokens);
        if (!CommandTable.ByName.TryGetValue(tokens[0], out var command))
            throw new AmgaException(AmgaError.IllegalCommand, $"There is no command '{Request.Printed(tokens[0])}'; see help commands.");
        if (arguments.Count < command.Least || arguments.Count > command.Most)
            throw new AmgaException(AmgaError.IllegalCommand, $"It is written as: {command.Name} {command.Usage}");
        if (session.Upload is { } upload && command.Topic != UploadCommands.Topic && command.Name != "pwd")
        {
            throw upload.Failure is { } failure
                ? new AmgaException(failure.Code, $"An upload was refused; end it with abort. {failure.Message}", failure)
                : new AmgaException(AmgaError.Internal, "An upload is open; end it with commit or abort.");
        }
        session.Searching = new Searching(answer, tokens);
        await command.Run(session, arguments, answer, cancellationToken).ConfigureAwait(false);
    }

    public void RefuseUpload(AmgaException refusal)
    {
        session.Upload ??= new Upload("/", [], [], new Spool(session.Store.Options.SpoolPath, session.Store.Options.MaxSpoolBytes));
        session.Upload.Failure ??= refusal;
    }

    public ValueTask DisposeAsync() => session.DisposeAsync();
}

/// <summary>Begins sessions over a store.</summary>
internal sealed class CommandSource(AmgaStore store) : ICommandSource
{
    public ICommands Begin(Principal principal, Login login) => new AmgaCommands(new Session(store, principal, login));
}
