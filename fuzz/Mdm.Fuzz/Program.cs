using System.Globalization;
using Mdm.Fuzz;
using Mdm.Fuzz.Targets;

const string Usage = "Mdm.Fuzz TARGET|all [--count N] [--seed S] [--only INDEX]   or   Mdm.Fuzz --list";
var (name, seed, first, count) = ((string?)null, 1UL, 0, 100_000);
for (var i = 0; i < args.Length; i++)
{
    var value = i + 1 < args.Length ? args[i + 1] : "";
    switch (args[i])
    {
        case "--list":
            foreach (var known in AllTargets.Names)
                Console.WriteLine(known);
            return 0;
        case "--count" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out count):
        case "--seed" when ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out seed):
            i++;
            break;
        case "--only" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out first):
            count = 1;
            i++;
            break;
        case var text when name is null && !text.StartsWith('-'):
            name = text;
            break;
        default:
            Console.Error.WriteLine(Usage);
            return 2;
    }
}
var chosen = name == "all" ? AllTargets.Names : AllTargets.Names.Where(known => known == name).ToList();
if (chosen.Count == 0)
{
    Console.Error.WriteLine($"{Usage}\nTargets: {string.Join(' ', AllTargets.Names)}");
    return 2;
}
using var targets = new AllTargets();
var findings = 0;
foreach (var target in chosen)
{
    try
    {
        Console.WriteLine(FuzzRun.Run(targets[target], seed, first, count));
    }
    catch (FuzzFailureException finding)
    {
        findings++;
        Console.WriteLine(finding.Message);
        Console.Error.WriteLine(finding.InnerException);
        var folder = Directory.CreateTempSubdirectory("mdm-fuzz-").FullName;
        File.WriteAllBytes(Path.Combine(folder, target), finding.Input);
        Console.Error.WriteLine($"The input: {Path.Combine(folder, target)}");
    }
}
return findings == 0 ? 0 : 1;
