using Mdm.Abstractions;

namespace Mdm.Plugins.Amga.Sessions;

/// <summary>Carries out the commands of one session, one at a time and in order. Disposing ends what is open: a transaction is rolled back.</summary>
internal interface ICommands : IAsyncDisposable
{
    /// <summary>Carries out a command.</summary>
    /// <param name="tokens">Its words: the command's name first. Never empty.</param>
    /// <param name="answer">Where its rows go.</param>
    /// <param name="cancellationToken">Fires when the client cancels, goes away or the host stops.</param>
    /// <exception cref="AmgaException">The answer is that error. When rows have been written, the client is told so in the middle of them.</exception>
    ValueTask ExecuteAsync(IReadOnlyList<string> tokens, IAnswer answer, CancellationToken cancellationToken);

    /// <summary>A command of an upload was refused, which its client is not told before the upload's end: from now on there is an upload of which nothing is kept, and which is refused with this.</summary>
    void RefuseUpload(AmgaException refusal);
}

/// <summary>The answer to one command, written while it is sent: it waits for a slow reader.</summary>
internal interface IAnswer
{
    /// <summary>Says something after the code of the first line, as the number of columns. Before any row.</summary>
    void SetHeader(string text);

    /// <summary>This command is one of an upload: nothing at all is sent.</summary>
    void KeepSilent();

    /// <summary>Has the host write down that attributes are searched or read, before any row that comes of it.</summary>
    /// <exception cref="MdmException">The host cannot; the command is not to be answered.</exception>
    void TellSearch(AttributeSearch search);

    /// <summary>Writes one line. What would end a line is escaped.</summary>
    ValueTask WriteAsync(string line, CancellationToken cancellationToken);
}

/// <summary>Makes the commands of a session that begins.</summary>
internal interface ICommandSource
{
    /// <param name="principal">Who is logged in.</param>
    /// <param name="login">Where he begins, and his masks.</param>
    ICommands Begin(Principal principal, Login login);
}
