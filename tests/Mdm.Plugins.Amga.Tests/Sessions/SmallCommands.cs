using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Mdm.Abstractions;
using Mdm.Plugins.Amga.Sessions;

namespace Mdm.Plugins.Amga.Tests.Sessions;

/// <summary>A few commands, enough to see the protocol from every side.</summary>
internal sealed class SmallCommands : ICommandSource, IAccounts
{
    public ConcurrentQueue<string> Begun { get; } = new();

    public ConcurrentQueue<IReadOnlyList<string>> Executed { get; } = new();

    public int Disposed;

    /// <summary>Rows that <c>endless</c> has written so far, over all sessions.</summary>
    public long Rows;

    /// <summary>Ends when a command was cancelled.</summary>
    public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ValueTask<Principal> LogInAsync(Login login, GridIdentity? caller, CancellationToken cancellationToken) => login switch
    {
        { User: "NULL" or null } when caller is not null => new(new Principal(caller.Subject.ToString(), ["system:anyuser"], false, caller)),
        { User: "root", Password: "pw" } => new(new Principal("root", ["system:anyuser"], true, caller)),
        { User: "fault" } => throw new InvalidOperationException("as asked"),
        { User: "stranger" } => throw new AmgaException(AmgaError.NoSuchUser, "There is no user of that name."),
        _ => throw new AmgaException(AmgaError.PermissionDenied, "Permission denied"),
    };

    public ICommands Begin(Principal principal, Login login)
    {
        Begun.Enqueue($"{principal.User}|{login.PermissionMask}|{login.GroupMask}|{login.Directory}");
        return new Session(this, principal, login);
    }

    private sealed class Session(SmallCommands owner, Principal principal, Login login) : ICommands
    {
        private string _directory = login.Directory ?? "/";
        private bool _isUploading;
        private AmgaException? _refusal;

        public async ValueTask ExecuteAsync(IReadOnlyList<string> tokens, IAnswer answer, CancellationToken cancellationToken)
        {
            owner.Executed.Enqueue(tokens);
            switch (tokens[0])
            {
                case "pwd":
                    await answer.WriteAsync(_directory, cancellationToken);
                    break;
                case "cd":
                    _directory = tokens[1];
                    break;
                case "whoami":
                    await answer.WriteAsync(principal.User, cancellationToken);
                    break;
                case "echo":
                    foreach (var token in tokens.Skip(1))
                        await answer.WriteAsync(token, cancellationToken);
                    break;
                case "listattr":
                    await EachAsync(["PatientName", "varchar(256)", "age", "int"]);
                    break;
                case "selectattr":
                    answer.SetHeader((tokens.Count - 2).ToString(CultureInfo.InvariantCulture));
                    await EachAsync(["v1", "v2", "w1", ""]);
                    break;
                case "search":
                    answer.TellSearch(new AttributeSearch(principal.User, ["Modality"], string.Join(' ', tokens)));
                    await answer.WriteAsync("found", cancellationToken);
                    break;
                case "bad":
                    throw new AmgaException(AmgaError.PermissionDenied, "Permission denied");
                case "fail":
                    throw new AmgaException((AmgaError)int.Parse(tokens[1], CultureInfo.InvariantCulture), tokens[2]);
                case "refuse":
                    throw new MdmException(MdmErrorKind.Busy, "Later.");
                case "throw":
                    throw new InvalidOperationException("nobody but the log hears of it");
                case "breakoff":
                    await EachAsync(["r1", "r2"]);
                    throw new AmgaException(AmgaError.QueryError, "too long");
                case "upload":
                    _isUploading = true;
                    answer.KeepSilent();
                    break;
                case "put" when _isUploading && tokens.Count == 3:
                    answer.KeepSilent();
                    break;
                case "put":
                    throw new AmgaException(AmgaError.IllegalCommand, "Not like this.");
                case "commit":
                    (_isUploading, var refusal, _refusal) = (false, _refusal, null);
                    if (refusal is not null)
                        throw refusal;
                    break;
                case "wait":
                    await WaitAsync(Timeout.InfiniteTimeSpan);
                    break;
                case "rows":
                    for (var i = 0; i < int.Parse(tokens[1], CultureInfo.InvariantCulture); i++)
                        await answer.WriteAsync($"row {i}", cancellationToken);
                    break;
                case "endless":
                    await EndlessAsync();
                    break;
                case "index_create" or "view_create" or "sequence_create" or "addentry":
                    break;
                default:
                    throw new AmgaException(AmgaError.IllegalCommand, "There is no such command; 'help' lists them.");
            }

            async ValueTask EachAsync(string[] rows)
            {
                foreach (var row in rows)
                    await answer.WriteAsync(row, cancellationToken);
            }

            async Task WaitAsync(TimeSpan time)
            {
                try
                {
                    await Task.Delay(time, cancellationToken);
                }
                catch (OperationCanceledException)
                {
                    owner.Cancelled.TrySetResult();
                    throw;
                }
            }

            async Task EndlessAsync()
            {
                try
                {
                    while (true)
                    {
                        await answer.WriteAsync(new string('r', 99), cancellationToken);
                        Interlocked.Increment(ref owner.Rows);
                    }
                }
                catch (OperationCanceledException)
                {
                    owner.Cancelled.TrySetResult();
                    throw;
                }
            }
        }

        public void RefuseUpload(AmgaException refusal) => _refusal ??= refusal;

        public ValueTask DisposeAsync()
        {
            Interlocked.Increment(ref owner.Disposed);
            return default;
        }
    }
}
