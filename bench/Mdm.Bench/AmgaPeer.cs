using System.Globalization;
using Mdm.TestKit;

namespace Mdm.Bench;

/// <summary>The command line of the store that the server keeps its rows in, asked in SQL for what the server is asked for.</summary>
internal sealed class AmgaPeer
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly Func<string, Task<string>> _run;
    private readonly string _prologue;
    private string _table = string.Empty;
    private Dictionary<string, string> _columns = [];

    private AmgaPeer(string program, string prologue, Func<string, Task<string>> run) => (Program, _prologue, _run) = (program, prologue, run);

    public string Program { get; }

    public static async Task<AmgaPeer> OpenAsync(string store, PostgresServer? postgres)
    {
        using var folder = new TemporaryDirectory();
        var peer = postgres is null
            ? new AmgaPeer("sqlite3", ".timer on\n", sql => RunAsync("sqlite3", ["-batch", "-readonly", store["sqlite:".Length..]], sql))
            : new AmgaPeer("psql", "SET search_path = amga;\n\\timing on\n", sql => RunAsync("psql",
                ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", postgres.Socket, "-p", postgres.Port.ToString(CultureInfo.InvariantCulture), "-U", PostgresServer.User, "-d", PostgresServer.Database], sql));
        var named = await peer._run((postgres is null ? "" : "SET search_path = amga;\n")
            + $"SELECT 'e' || dirs.dir || ' a' || attr || ' ' || name FROM dirs JOIN attrs ON attrs.dir = dirs.dir WHERE path = '{AmgaSite.Collection}';\n");
        var fields = named.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToList();
        peer._table = fields[0][0];
        peer._columns = fields.ToDictionary(field => field[2], field => field[1]);
        return peer;
    }

    /// <summary>How long each statement took by the program's own clock, and how many rows it gave.</summary>
    public async Task<IReadOnlyList<(double Milliseconds, int Rows)>> AskAsync(IEnumerable<(string Modality, string BodyPart, DateTime From, DateTime Until)> questions)
    {
        var sql = string.Concat(questions.Select(question => string.Create(CultureInfo.InvariantCulture,
            $"SELECT name FROM {_table} WHERE {_columns["Modality"]} = '{question.Modality}' AND {_columns["BodyPartExamined"]} = '{question.BodyPart}' AND {_columns["StudyDate"]} >= {Microseconds(question.From)} AND {_columns["StudyDate"]} < {Microseconds(question.Until)};\n")));
        var answers = new List<(double, int)>();
        var rows = 0;
        foreach (var line in (await _run(_prologue + sql)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // "Run Time: real 0.012 user 0.010 sys 0.000" in seconds, "Time: 12.3 ms" or "Time: 1012.3 ms (00:01.012)".
            var words = line.Split(' ');
            if (words[0] is not ("Run" or "Time:"))
            {
                rows++;
                continue;
            }
            answers.Add((words[0] == "Run" ? double.Parse(words[3], CultureInfo.InvariantCulture) * 1000 : double.Parse(words[1], CultureInfo.InvariantCulture), rows));
            rows = 0;
        }
        return answers;
    }

    private static async Task<string> RunAsync(string program, string[] arguments, string sql)
    {
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(folder["questions.sql"], sql);
        var (code, output) = await ChildProcess.RunAsync("sh", ["-c", "exec \"$0\" \"$@\" < questions.sql", Here.Tool(program), .. arguments], limit: Limit, workingDirectory: folder.Path);
        return code == 0 ? output : throw new InvalidOperationException($"{program} ended with {code}: {output}");
    }

    private static long Microseconds(DateTime time) => (time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
