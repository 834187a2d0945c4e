using System.CommandLine;
using Mdm.Cli.Described;
using Mdm.Client;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm mkdir</c>, <c>rmdir</c>, <c>rm</c>, <c>mv</c>: the name space only; no archive changes by them.</summary>
internal static class DirectoryCommands
{
    public static DescribedCommand Mkdir(Terminal terminal)
    {
        var surl = new Argument<string>("SURL") { Description = "The directory to make." };
        var withParents = new Option<bool>("--parents", "-p") { Description = "Its parents too, and no error when it is there." };
        var command = new DescribedCommand("mkdir", "Makes a directory.")
        {
            surl, withParents,
            new Example("mdm mkdir -p /grid/biomed/results/2026/11", "Makes a directory and all above it that are missing."),
            GridNotes.Srm,
            new SeeAlso("mdm rmdir"),
            new SeeAlso("lfc-mkdir"),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var directory = terminal.Surl(parsed.GetRequiredValue(surl));
            using var files = terminal.Open();
            var srm = files.At(directory);
            if (!parsed.GetValue(withParents))
            {
                await srm.MkdirAsync(directory, cancellationToken);
                return ExitCode.Success;
            }
            foreach (var path in directory.Path.Ancestors().Skip(1).Append(directory.Path))
                await EnsureAsync(srm, directory with { Path = path }, cancellationToken);
            return ExitCode.Success;
        });
        return command;
    }

    public static DescribedCommand Rmdir(Terminal terminal)
    {
        var surl = new Argument<string>("SURL") { Description = "The directory to remove." };
        var isRecursive = new Option<bool>("--recursive", "-r") { Description = "With everything below it." };
        var command = new DescribedCommand("rmdir", "Removes a directory from the name space.")
        {
            surl, isRecursive,
            new Example("mdm rmdir -r /grid/biomed/results/2025", "Removes a directory with everything below it from the name space."),
            GridNotes.Srm,
            new SeeAlso("mdm rm"),
            new SeeAlso("lfc-rm"),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var directory = terminal.Surl(parsed.GetRequiredValue(surl));
            using var files = terminal.Open();
            await files.At(directory).RmdirAsync(directory, parsed.GetValue(isRecursive), cancellationToken);
            return ExitCode.Success;
        });
        return command;
    }

    public static DescribedCommand Rm(Terminal terminal)
    {
        var surls = new Argument<string[]>("SURL") { Description = "Files of one host.", Arity = ArgumentArity.OneOrMore };
        var command = new DescribedCommand("rm", "Un-publishes files. The archive keeps them.")
        {
            surls,
            new Example("mdm rm /grid/biomed/research/s/t/1.dcm /grid/biomed/research/s/t/2.dcm", "Un-publishes two images; each that is refused is told, and the others go."),
            GridNotes.Srm,
            new SeeAlso("mdm rmdir"),
            new SeeAlso("mdm publish"),
            new SeeAlso("lfc-rm"),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var names = parsed.GetRequiredValue(surls).Select(terminal.Surl).ToArray();
            using var files = terminal.Open();
            var missed = 0;
            foreach (var host in names.GroupBy(n => (n.Host, n.Port, n.ServicePath)))
            {
                foreach (var status in await files.At(host.First()).RmAsync([.. host], cancellationToken))
                {
                    if (status.Status.StatusCode == Srm.Messages.StatusCode.Success)
                        continue;
                    missed++;
                    terminal.Complain($"{status.Surl}: {status.Status.Explanation ?? SrmException.SpelledOut(status.Status.StatusCode)}");
                }
            }
            return missed == 0 ? ExitCode.Success : ExitCode.Failed;
        });
        return command;
    }

    public static DescribedCommand Mv(Terminal terminal)
    {
        var from = new Argument<string>("FROM") { Description = "A file or directory." };
        var to = new Argument<string>("TO") { Description = "Its new name, at the same host." };
        var command = new DescribedCommand("mv", "Gives an entry another name.")
        {
            from, to,
            new Example("mdm mv /grid/biomed/results/a /grid/biomed/results/b", "Gives a directory another name; rights, keys and metadata go with it."),
            GridNotes.Srm,
            new SeeAlso("lfc-rename"),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (source, target) = (terminal.Surl(parsed.GetRequiredValue(from)), terminal.Surl(parsed.GetRequiredValue(to)));
            using var files = terminal.Open();
            await files.At(source).MvAsync(source, target, cancellationToken);
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task EnsureAsync(SrmClient srm, Surl directory, CancellationToken cancellationToken)
    {
        try
        {
            await srm.MkdirAsync(directory, cancellationToken);
        }
        catch (SrmException e) when (e.Status == Srm.Messages.StatusCode.DuplicationError)
        {
            // That is what was wanted.
        }
        catch (SrmException e) when (e.IsDenied)
        {
            // Nobody may make what is above, but it may be there.
            var there = await srm.StatAsync([directory], cancellationToken);
            if (there[0].Status is { StatusCode: not Srm.Messages.StatusCode.Success })
                throw;
        }
    }
}
