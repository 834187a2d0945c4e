using System.Reflection;
using System.Text.RegularExpressions;

namespace Mdm.Architecture.Tests;

public sealed partial class StaticStateTests
{
    [Fact]
    public void The_host_has_no_static_field_that_can_be_set()
    {
        using var host = new HostImage(Repository.HostAssembly);
        var settable = from type in host.Types
                       where !host.NameOf(type).Contains('<', StringComparison.Ordinal)
                       from handle in host.Definition(type).GetFields()
                       let field = host.Definition(handle)
                       let name = host.Text(field.Name)
                       where field.Attributes.HasFlag(FieldAttributes.Static) && !field.Attributes.HasFlag(FieldAttributes.InitOnly) && !field.Attributes.HasFlag(FieldAttributes.Literal)
                             && !name.Contains("__", StringComparison.Ordinal)
                       select $"{host.NameOf(type)}.{name}";

        settable.Should().BeEmpty();
    }

    [Fact]
    public void No_source_declares_a_static_field_that_can_be_set()
    {
        var found = from folder in (string[])["src", "plugins"]
                    from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories)
                    from line in File.ReadLines(file)
                    where SettableStatic().IsMatch(line)
                    select $"{Path.GetRelativePath(Repository.Root, file)}: {line.Trim()}";

        found.Should().BeEmpty();
    }

    // A field: modifiers, a type, a name, then '=' or ';' (a '(' or '{' before it is a method or property; "=>" is an expression).
    [GeneratedRegex(@"^\s*(public|internal|protected|private)\s+(new\s+)?static\s+(?!readonly\b|.*\boperator\b|partial\b|extern\b|class\b|implicit\b|explicit\b|unsafe\b|event\b|async\b)[\w<>\[\],.? ]+\s\w+\s*(=(?!>)|;)")]
    private static partial Regex SettableStatic();
}
