using System.Collections;
using System.Reflection;
using System.Text.RegularExpressions;
using Mdm.TestKit;
using HostOptions = Mdm.Host.Configuration.HostOptions;

namespace Mdm.Host.Tests.Configuration;

public sealed partial class DocumentedKeysTests
{
    [Fact]
    public void Every_key_has_a_row_in_the_document_and_every_row_a_key()
    {
        var keys = KeysOf(typeof(HostOptions), string.Empty).ToHashSet(StringComparer.Ordinal);
        var rows = RowsOf(File.ReadAllLines(Path.Combine(Here.Root, "docs", "operations.md"))).ToHashSet(StringComparer.Ordinal);

        keys.Except(rows).Should().BeEmpty("docs/operations.md tells every key");
        rows.Where(r => r.Contains(':', StringComparison.Ordinal) && keys.Any(k => k.Split(':')[0] == r.Split(':')[0])).Except(keys).Should().BeEmpty("docs/operations.md tells no key that is not there");
    }

    private static IEnumerable<string> KeysOf(Type type, string prefix)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.SetMethod is not null))
        {
            var key = prefix + property.Name;
            var element = DictionaryElement(property.PropertyType);
            if (element is { Namespace: "Mdm.Host.Configuration" })
            {
                foreach (var inner in KeysOf(element, $"{key}:NAME:"))
                    yield return inner;
            }
            else if (IsSection(property.PropertyType))
            {
                foreach (var inner in KeysOf(property.PropertyType, key + ":"))
                    yield return inner;
            }
            else
            {
                yield return key;
            }
        }
    }

    private static bool IsSection(Type type) =>
        type.Assembly == typeof(HostOptions).Assembly && type.IsClass && type.Name.EndsWith("Options", StringComparison.Ordinal) && !typeof(IEnumerable).IsAssignableFrom(type);

    private static Type? DictionaryElement(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>) ? type.GetGenericArguments()[1] : null;

    /// <summary>The keys in the first cell of each row; <c>:Options</c> stands for the row's first key with its last name replaced.</summary>
    private static IEnumerable<string> RowsOf(IEnumerable<string> lines)
    {
        foreach (var line in lines.Where(l => l.StartsWith("| `", StringComparison.Ordinal)))
        {
            string? first = null;
            foreach (var key in Quoted.Matches(line.Split('|')[1]).Select(m => m.Groups[1].Value))
            {
                first ??= key;
                yield return key[0] == ':' ? first[..first.LastIndexOf(':')] + key : key;
            }
        }
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted { get; }
}
