using System.Globalization;
using System.Xml;

namespace Mdm.Srm.Soap;

/// <summary>
/// One element of a message and the values of its children, by name. An element that is absent, empty or
/// <c>xsi:nil</c> is null; an element nobody asks for is ignored; of two alike the first counts.
/// </summary>
internal readonly struct SoapElement(SoapTree tree, int index)
{
    public string Name => tree[index].Name;

    public string Namespace => tree[index].Namespace;

    /// <summary>The element's own text, as sent.</summary>
    public string OwnText => tree[index].Text ?? "";

    /// <summary>Of an array's item: its text.</summary>
    public static string ReadText(SoapElement element) => element.OwnText;

    /// <summary>Of an array's item: its text as a number of bytes.</summary>
    public static long ReadSize(SoapElement element) => ParseSize(element.Name, element.OwnText);

    public SoapElement? FirstChild()
    {
        var child = tree[index].FirstChild;
        return child < 0 ? null : new SoapElement(tree, tree.Follow(child));
    }

    public SoapElement? Child(string name)
    {
        for (var child = tree[index].FirstChild; child >= 0; child = tree[child].NextSibling)
        {
            if (tree[child].Name == name)
                return tree[child].IsNil ? null : new SoapElement(tree, tree.Follow(child));
        }
        return null;
    }

    public string? Text(string name) => Child(name) is { } child && child.OwnText.Length > 0 ? child.OwnText : null;

    public string RequiredText(string name) => Child(name)?.OwnText ?? throw Missing(name);

    public int? Int(string name)
    {
        if (Trimmed(name) is not { } text)
            return null;
        // Clients written in other languages send what their long holds; a lifetime beyond an int means "very long".
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
            throw new SoapValueException($"{name} is not an integer.");
        return (int)Math.Clamp(value, int.MinValue, int.MaxValue);
    }

    public long? Size(string name) => Trimmed(name) is { } text ? ParseSize(name, text) : null;

    public bool? Bool(string name) => Trimmed(name) switch
    {
        null => null,
        "true" or "1" => true,
        "false" or "0" => false,
        _ => throw new SoapValueException($"{name} is not a boolean."),
    };

    public DateTimeOffset? Time(string name)
    {
        if (Trimmed(name) is not { } text)
            return null;
        try
        {
            return XmlConvert.ToDateTimeOffset(text).ToUniversalTime();
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new SoapValueException($"{name} is not a date and time.");
        }
    }

    public T? Enum<T>(string name, WireNames<T> names)
        where T : struct, Enum
    {
        if (Trimmed(name) is not { } text)
            return null;
        return names.Parse(text) ?? throw new SoapValueException($"{name} is not one of {names}.");
    }

    public T RequiredEnum<T>(string name, WireNames<T> names)
        where T : struct, Enum => Enum(name, names) ?? throw Missing(name);

    public T? Value<T>(string name, Func<SoapElement, T> read)
        where T : class => Child(name) is { } child ? read(child) : null;

    public T RequiredValue<T>(string name, Func<SoapElement, T> read)
        where T : class => Value(name, read) ?? throw Missing(name);

    /// <summary>A wrapper and its items; null without a wrapper, empty without items.</summary>
    public IReadOnlyList<T>? List<T>(string wrapper, string item, Func<SoapElement, T> read)
    {
        if (Child(wrapper) is not { } list)
            return null;
        var items = new List<T>();
        for (var child = list.FirstIndex; child >= 0; child = tree[child].NextSibling)
        {
            if (tree[child].Name != item || tree[child].IsNil)
                continue;
            if (items.Count >= tree.Limits.MaxArrayItems)
                throw new SoapValueException($"{wrapper} has more than {tree.Limits.MaxArrayItems} items; send several requests.");
            items.Add(read(new SoapElement(tree, tree.Follow(child))));
        }
        return items;
    }

    public IReadOnlyList<T> RequiredList<T>(string wrapper, string item, Func<SoapElement, T> read) =>
        List(wrapper, item, read) ?? throw Missing(wrapper);

    public static SoapValueException Missing(string name) => new($"{name} is missing.");

    private int FirstIndex => tree[index].FirstChild;

    private string? Trimmed(string name)
    {
        var text = Child(name)?.OwnText.Trim();
        return string.IsNullOrEmpty(text) ? null : text;
    }

    private static long ParseSize(string name, string text)
    {
        // xsd:unsignedLong; no file is longer than a signed one, so the upper half means "as large as can be".
        if (!ulong.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            throw new SoapValueException($"{name} is not a number of bytes.");
        return (long)Math.Min(value, long.MaxValue);
    }
}
