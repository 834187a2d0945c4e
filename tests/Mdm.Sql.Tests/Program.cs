using System.Globalization;

namespace Mdm.Sql.Tests;

/// <summary>The process that <see cref="SqlStoreCrashTests"/> kills: writes pairs of rows for as long as it lives, and prints each number once it is acknowledged.</summary>
internal static class Program
{
    public static readonly SqlSchema Pairs = new("pairs", ["CREATE TABLE pairs (number INTEGER NOT NULL, half TEXT NOT NULL, PRIMARY KEY (number, half))"]);

    private const int Writers = 8;

    private static async Task<int> Main(string[] args)
    {
        if (args is not ["write-until-killed", var file])
            return 2;
        await using var store = SqlStore.Open(SqlStoreAddress.Parse("sqlite:" + file, "/"), Pairs, new SqlStoreOptions("the process to be killed"));
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => WriteAsync(store, writer)));
        return 0;
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
}
