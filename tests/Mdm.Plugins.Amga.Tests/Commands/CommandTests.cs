using Mdm.Abstractions;
using Mdm.Plugins.Amga.Commands;
using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Sessions;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests.Commands;

/// <summary>Tests of commands over one store, in a place of its own for each.</summary>
public abstract class CommandTests : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _open = [];

    internal AmgaStore Store { get; private set; } = null!;

    internal AmgaOptions Options { get; } = new() { AllowPasswords = true, MaxTransactionIdle = TimeSpan.FromMinutes(1) };

    protected SqlStoreAddress Address { get; private set; } = null!;

    public virtual async Task InitializeAsync()
    {
        Address = await NewAddressAsync();
        Open();
    }

    public virtual async Task DisposeAsync()
    {
        foreach (var one in _open)
            await one.DisposeAsync();
        if (Store is not null)
            await Store.DisposeAsync();
    }

    internal void Open(TimeProvider? time = null) => Store = AmgaStore.Open(Address, Options, time ?? TimeProvider.System, "the tests");

    internal Client Root => As("root");

    /// <summary>A user of the server's own.</summary>
    internal Client As(string user, params string[] groups) => Begin(new Principal(user, [Principals.AnyUser, .. groups], user == "root", null));

    /// <summary>A grid user with the FQANs of his proxy.</summary>
    internal async Task<Client> GridAsync(string subject, params string[] fqans)
    {
        var identity = new GridIdentity(DistinguishedName.Parse(subject), [.. fqans.Select(Fqan.Parse)]);
        return Begin(await new Accounts(Store, Options).LogInAsync(new Login("NULL", null, null, null, null), identity, default), new Login("NULL", "rwx", null, "/", null));
    }

    internal Client Begin(Principal principal, Login? login = null)
    {
        var client = new Client(new CommandSource(Store).Begin(principal, login ?? new Login(principal.User, "rwx", null, "/", null)));
        _open.Add(client);
        return client;
    }

    protected abstract Task<SqlStoreAddress> NewAddressAsync();
}

[CollectionDefinition("postgres")]
public sealed class PostgresCollection : ICollectionFixture<SharedPostgres>;

/// <summary>Gives commands as a client writes them and takes the answers.</summary>
internal sealed class Client(ICommands commands) : IAsyncDisposable
{
    /// <summary>What the host was told.</summary>
    public List<AttributeSearch> Searches { get; } = [];

    /// <summary>The host cannot write its trail.</summary>
    public bool RefusesSearches { get; set; }

    /// <summary>The rows of an answer.</summary>
    public async Task<List<string>> Run(string line)
    {
        var answer = new Rows(this);
        await ExecuteAsync(Words(line), answer);
        return answer.Lines;
    }

    /// <summary>A command's words as they are.</summary>
    public async Task<List<string>> Give(params string[] words)
    {
        var answer = new Rows(this);
        await ExecuteAsync(words, answer);
        return answer.Lines;
    }

    /// <summary>Several commands, one a line.</summary>
    public async Task All(string lines)
    {
        foreach (var line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            await Run(line);
    }

    /// <summary>The code that a command is refused with; null when it is not.</summary>
    public async Task<int?> Code(string line)
    {
        try
        {
            await Run(line);
            return null;
        }
        catch (AmgaException e)
        {
            return (int)e.Code;
        }
    }

    /// <summary>An answer whole: its rows, or its code and message.</summary>
    public async Task<string> Answer(string line)
    {
        try
        {
            return string.Join('\n', await Run(line));
        }
        catch (AmgaException e)
        {
            return $"{(int)e.Code} {e.Message}";
        }
    }

    public async Task<bool> IsSilent(string line)
    {
        var answer = new Rows(this);
        await ExecuteAsync(Words(line), answer);
        return answer.IsSilent;
    }

    public async Task<(string? Header, List<string> Lines)> Whole(string line)
    {
        var answer = new Rows(this);
        await ExecuteAsync(Words(line), answer);
        return (answer.Header, answer.Lines);
    }

    public Task Execute(string line, IAnswer answer, CancellationToken cancellationToken) => commands.ExecuteAsync(Words(line), answer, cancellationToken).AsTask();

    public ValueTask DisposeAsync() => commands.DisposeAsync();

    /// <summary>The rule of reference 4.4: a quote ends a word where white space or the end follows; <c>\'</c> and octal escapes.</summary>
    public static List<string> Words(string line)
    {
        var words = new List<string>();
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == ' ')
                continue;
            var isQuoted = line[i] == '\'';
            var word = new System.Text.StringBuilder();
            for (i += isQuoted ? 1 : 0; i < line.Length; i++)
            {
                if (line[i] == '\\' && i + 1 < line.Length && line[i + 1] == '\'')
                    word.Append(line[++i]);
                else if (line[i] == '\\' && i + 3 < line.Length && line.AsSpan(i + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0)
                    (_, i) = (word.Append((char)Convert.ToInt32(line.Substring(i + 1, 3), 8)), i + 3);
                else if (isQuoted ? line[i] == '\'' && (i + 1 == line.Length || line[i + 1] == ' ') : line[i] == ' ')
                    break;
                else
                    word.Append(line[i]);
            }
            words.Add(word.ToString());
        }
        return words;
    }

    // As the service does it, but for telling at once.
    private async Task ExecuteAsync(IReadOnlyList<string> words, Rows answer)
    {
        try
        {
            await commands.ExecuteAsync(words, answer, default);
        }
        catch (AmgaException e) when (words[0] is "upload" or "put")
        {
            commands.RefuseUpload(e);
            throw;
        }
    }

    private sealed class Rows(Client client) : IAnswer
    {
        public List<string> Lines { get; } = [];

        public string? Header { get; private set; }

        public bool IsSilent { get; private set; }

        public void SetHeader(string text) => Header = Lines.Count == 0 ? text : throw new InvalidOperationException("The header comes before the rows.");

        public void KeepSilent() => IsSilent = true;

        public void TellSearch(AttributeSearch search)
        {
            if (client.RefusesSearches)
                throw new MdmException(MdmErrorKind.Unavailable, "The audit trail cannot be written.");
            client.Searches.Add(search);
        }

        public ValueTask WriteAsync(string line, CancellationToken cancellationToken)
        {
            Lines.Add(line);
            return ValueTask.CompletedTask;
        }
    }
}
