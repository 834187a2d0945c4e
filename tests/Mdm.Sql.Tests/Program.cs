using System.Globalization;

namespace Mdm.Sql.Tests;

/// <summary>The other process of <see cref="SqlStoreCrashTests"/> and <see cref="PostgresProcessTests"/>.</summary>
internal static class Program
{
    public static readonly SqlSchema Pairs = new("pairs",
    [
        """
        CREATE TABLE pairs (number INTEGER NOT NULL, half TEXT NOT NULL, PRIMARY KEY (number, half));
        CREATE TABLE counter (value INTEGER NOT NULL);
        INSERT INTO counter VALUES (0);
        """,
    ]);

    private const int Writers = 8;

    private static async Task<int> Main(string[] args)
    {
        if (args is not [var what, var address])
            return 2;
        await using var store = SqlStore.Open(SqlStoreAddress.Parse(address, "/"), Pairs, new SqlStoreOptions("the process to be killed"));
        Func<SqlStore, int, Task> work = what switch
        {
            // Writes pairs of rows for as long as it lives, and prints each number once it is acknowledged.
            "write-until-killed" => WriteAsync,
            // Counts on, reading first and then writing what is one more.
            "count" => CountAsync,
            // Writes half a pair and stays there.
            "stay" => StayAsync,
            _ => throw new ArgumentException(what),
        };
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => work(store, writer)));
        return 0;
    }

    public static async Task CountAsync(SqlStore store, int writer)
    {
        for (var i = 0; i < 50; i++)
        {
            await store.WriteAsync(session =>
            {
                var value = session.Scalar<long>("SELECT value FROM counter");
                return session.Execute("UPDATE counter SET value = $1", value + 1);
            }, CancellationToken.None);
        }
    }

    private static async Task WriteAsync(SqlStore store, int writer)
    {
        for (var number = writer; ; number += Writers)
        {
            await store.WriteAsync(session =>
            {
                session.Execute("INSERT INTO pairs (number, half) VALUES ($1, 'left')", number);
                return session.Execute("INSERT INTO pairs (number, half) VALUES ($1, 'right')", number);
            }, CancellationToken.None);
            Console.Out.WriteLine(number.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static Task<int> StayAsync(SqlStore store, int writer) => store.WriteAsync(session =>
    {
        session.Execute("INSERT INTO pairs (number, half) VALUES ($1, 'left')", writer);
        Console.Out.WriteLine("staying");
        return Console.In.Read();
    }, CancellationToken.None);
}
