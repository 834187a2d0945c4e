using System.CommandLine;
using System.Globalization;
using Mdm.Abstractions;
using Mdm.Cli.Described;
using Mdm.Sql;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm migrate FROM TO</c>, or all stores that two configurations name: moves a site between files and a server.</summary>
internal static class MigrateCommand
{
    public static DescribedCommand Create(Terminal terminal)
    {
        var stores = new Argument<string[]>("STORE") { Description = "FROM and TO, as 'sqlite:PATH' and 'postgres:Host=HOST;Database=NAME;Schema=SCHEMA'.", Arity = new ArgumentArity(0, 2) };
        var from = new Option<string>("--from") { Description = "The configuration that the site has: every store that it names is copied to where --to names it." };
        var to = new Option<string>("--to") { Description = "The configuration that the site is to have." };
        var command = new DescribedCommand("migrate", "Copies stores, with nothing running that uses them. A copy counts when all its rows were read again and are the same; one that broke off is begun anew. What was copied stays as it is.")
        {
            stores, from, to,
            new Example("mdm migrate sqlite:state/lfc.db \"postgres:Host=db;Database=mdm;Schema=lfc\"", "Copies one store to a server."),
            new Example("mdm migrate --from old.json --to new.json", "Copies every store that two configurations name."),
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var named = parsed.GetValue(stores) ?? [];
            var (before, after) = (parsed.GetValue(from), parsed.GetValue(to));
            if (named.Length == 2 && before is null && after is null)
                return Copy(terminal, [new StoreMove("store", named[0], named[1])], cancellationToken);
            if (named.Length == 0 && before is not null && after is not null)
                return Copy(terminal, ConfiguredStores.Moves(before, after), cancellationToken);
            terminal.Complain("migrate: name two stores, FROM and TO, or two configurations with --from and --to.");
            return ExitCode.Usage;
        }, cancellationToken));
        return command;
    }

    private static int Copy(Terminal terminal, IReadOnlyList<StoreMove> moves, CancellationToken cancellationToken)
    {
        if (moves.Count == 0)
            terminal.Output.WriteLine("Both configurations name the same stores; there is nothing to copy.");
        foreach (var move in moves)
        {
            try
            {
                var here = Directory.GetCurrentDirectory();
                terminal.Output.WriteLine($"{move.Name}: {move.From} -> {move.To}");
                var tables = StoreCopy.Run(SqlStoreAddress.Parse(move.From, here), SqlStoreAddress.Parse(move.To, here),
                    table => terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {table.Name}: {table.Rows} rows")), cancellationToken);
                terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  copied and compared: {tables.Count} tables, {tables.Sum(table => table.Rows)} rows"));
            }
            catch (SqlStoreException trouble)
            {
                throw new MdmException(trouble.IsTransient ? MdmErrorKind.Unavailable : MdmErrorKind.Refused, $"{move.Name}: {trouble.Message}", trouble);
            }
        }
        return ExitCode.Success;
    }
}
