using System.Globalization;
using Mdm.Plugins.Amga.Commands;
using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Sessions;
using Mdm.Plugins.Amga.Store;
using Mdm.Plugins.Amga.Tests.Commands;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Tests;

/// <summary>The other process of <see cref="CrashTests"/>: works until it is killed, and prints what was acknowledged.</summary>
internal static class Program
{
    public const int UploadRows = 100;

    private static async Task<int> Main(string[] args)
    {
        if (args is not [var address])
            return 2;
        await using var store = AmgaStore.Open(SqlStoreAddress.Parse(address, "/"), new AmgaOptions(), TimeProvider.System, "the process to be killed");
        await using var client = new Commands.Client(new CommandSource(store).Begin(new Principal("root", [Principals.AnyUser], IsRoot: true, null), new Login("root", "rwx", null, "/", null)));
        await client.All("createdir /up\naddattr /up i int v varchar(20)\ncreatedir /s");
        for (var i = 0; ; i++)
        {
            var n = i.ToString(CultureInfo.InvariantCulture);
            await client.All($"transaction\ncreatedir /t{n}\naddattr /t{n} i int w text\naddentry /t{n}/e i {n} w {n}\naddattr /t{n} late int\nsetattr /t{n}/e late {n}\ncommit");
            await Console.Out.WriteLineAsync($"t{n}");
            await client.Run("upload /up i v");
            for (var row = 0; row < UploadRows; row++)
                await client.Run($"put u{n}.{row} {n} value");
            await client.Run("commit");
            await Console.Out.WriteLineAsync($"u{n}");
            await client.Run($"addattr /s a{n} varchar(10) b{n} int");
            await Console.Out.WriteLineAsync($"s{n}");
            if (i % 2 == 1)
                await client.Run($"removeattr /s a{n}");
        }
    }
}
