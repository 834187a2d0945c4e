using System.CommandLine;
using Mdm.Cli.Described;
using Mdm.Cli.Lfc;

namespace Mdm.Cli.Medical;

/// <summary><c>glite-mdm-set-right SELECTOR MODE|LEVEL</c>, or <c>-u SUBJECT VO RIGHTS LEVEL</c>.</summary>
internal static class ImageRightCommand
{
    private const string Name = "glite-mdm-set-right";

    public static DescribedCommand Create(Terminal terminal)
    {
        var right = new FreeArgument<string?>("RIGHT") { Description = "Nine letters for owner, group and others, as rwxrw-r--; or who finds the image by its metadata: private (its owner), group (he and its group), anonymous (all whom its publication admits), none.", Arity = ArgumentArity.ZeroOrOne };
        var user = new Option<string[]>("-u") { Description = "Instead, the right of one user: his subject in quotes, his VO, three letters, and a level.", HelpName = "\"SUBJECT\" VO RIGHTS LEVEL", Arity = new ArgumentArity(RightText.UserWords, RightText.UserWords), AllowMultipleArgumentsPerToken = true };
        var selector = new ImageSelector();
        var command = new DescribedCommand(Name, "Changes the right of an image: who reads it, and who finds it. It holds everywhere or nowhere: the entry changes in one step, and keystores and metadata follow it until they have it.")
        {
            right, user,
            new Example($"{Name} -s 1.2.3, 1.2.3.4, 1.2.3.4.5 rwxrw-r--", "Owner, group and others, by study, series and object."),
            new Example($"{Name} -f slice.dcm group", "Nobody but owner and group finds it."),
            new Example($"{Name} -l lfn:/grid/biomed/mdm/1.2.3/1.2.3.4/1.2.3.4.5 -u \"/DC=org/CN=Jane\" biomed r-- anonymous", "One user reads it, and finds it."),
            MedicalFamily.Notes,
            new SeeAlso("lfc-setacl"),
            new SeeAlso("lfc-getacl"),
            new SeeAlso("mdm admin reconcile"),
        };
        selector.AddTo(command, isRequired: true);
        command.Validators.Add(result =>
        {
            // As they were typed: too few of them have no value.
            string[] words = [.. result.GetResult(user)?.Tokens.Select(token => token.Value) ?? []];
            var given = result.GetResult(right)?.Tokens is [var only] ? only.Value : null;
            if ((given is null) == (words.Length == 0))
                result.AddError("give one right: nine letters, a level, or -u \"SUBJECT\" VO RIGHTS LEVEL");
            else if (given is not null && RightText.Parse(given) is null)
                result.AddError($"'{given}' is no right; write nine letters as rwxrw-r--, or private, group, anonymous or none");
            else if (given is null && RightText.ParseUser(words, out var refusal) is null)
                result.AddError(refusal!);
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var change = parsed.GetValue(right) is { } given ? RightText.Parse(given)! : RightText.ParseUser(parsed.GetRequiredValue(user), out _)!;
            using var session = new NameSession(terminal, NameServer.Lfc);
            var image = await selector.FindAsync(terminal, parsed, session, cancellationToken);
            var changed = await session.NamesAt(image).SetRightAsync(image.Surl.Path, change, cancellationToken);
            if (!changed.IsSettled)
                terminal.Complain($"the right holds at the host; {MedicalFamily.StillTelling}");
            return ExitCode.Success;
        });
        return command;
    }
}
