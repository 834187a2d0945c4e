using System.Globalization;
using System.Reflection;
using Mdm.Abstractions;

namespace Mdm.Host.Configuration;

/// <summary>Turns the text of one key into a value of the property's type.</summary>
internal static class ScalarReader
{
    /// <summary>Longest part of a refused value that is told.</summary>
    private const int MaxToldLength = 60;

    public static bool Reads(Type type) =>
        type == typeof(string) || type.IsEnum || type.IsPrimitive || type == typeof(decimal) || type == typeof(TimeSpan) || type == typeof(Uri) || ParseOf(type) is not null;

    /// <summary>The value; or null and the reason.</summary>
    public static object? Read(Type type, string text, out string? why)
    {
        why = null;
        if (type == typeof(string))
            return text;
        if (type == typeof(bool))
            return bool.TryParse(text, out var flag) ? flag : Refuse(text, "true or false", out why);
        if (type.IsEnum)
            return ReadEnum(type, text, out why);
        if (type == typeof(TimeSpan))
        {
            // The platform reads a bare "10" as ten days; nobody means that.
            return text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span)
                ? span
                : Refuse(text, "a time as hours:minutes:seconds ('00:10:00') or days.hours:minutes:seconds", out why);
        }
        if (type == typeof(Uri))
            return Uri.TryCreate(text, UriKind.Absolute, out var uri) ? uri : Refuse(text, "a complete URI, as https://host:8443", out why);
        if (type.IsPrimitive || type == typeof(decimal))
            return ReadNumber(type, text, out why);
        return ReadParsable(type, text, out why);
    }

    private static object? ReadEnum(Type type, string text, out string? why)
    {
        why = null;
        var name = Array.Find(Enum.GetNames(type), n => n.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (name is not null)
            return Enum.Parse(type, name);
        why = $"'{Told(text)}' is none of the choices. {NearNames.Sentence(text, Enum.GetNames(type))}";
        return null;
    }

    private static object? ReadNumber(Type type, string text, out string? why)
    {
        why = null;
        // A 64-bit number in the configuration is an amount of data, and may have its unit.
        if (type == typeof(long) && ByteSize.TryParse(text, CultureInfo.InvariantCulture, out var size))
            return size.Bytes;
        try
        {
            return Convert.ChangeType(text, type, CultureInfo.InvariantCulture);
        }
        catch (OverflowException)
        {
            return Refuse(text, $"a number within the range of {type.Name}", out why);
        }
        catch (FormatException)
        {
            return Refuse(text, type == typeof(double) || type == typeof(float) || type == typeof(decimal) ? "a number" : "a whole number", out why);
        }
    }

    private static object? ReadParsable(Type type, string text, out string? why)
    {
        why = null;
        var parse = ParseOf(type)!;
        try
        {
            return parse.Invoke(null, parse.GetParameters().Length == 1 ? [text] : [text, CultureInfo.InvariantCulture]);
        }
        catch (TargetInvocationException fault) when (fault.InnerException is FormatException or ArgumentException or OverflowException)
        {
            why = $"'{Told(text)}' cannot stand here: {fault.InnerException.Message.TrimEnd('.')}.";
        }
        catch (TargetInvocationException fault) when (fault.InnerException is MdmException mdm)
        {
            why = mdm.Message;
        }
        return null;
    }

    // Values that parse themselves: the contract's (StoragePath, Fqan, ...), the platform's (IPAddress, Guid, ...) and ByteSize.
    private static MethodInfo? ParseOf(Type type)
    {
        const BindingFlags Static = BindingFlags.Public | BindingFlags.Static;
        var parse = type.GetMethod("Parse", Static, [typeof(string)]) ?? type.GetMethod("Parse", Static, [typeof(string), typeof(IFormatProvider)]);
        return parse?.ReturnType == type ? parse : null;
    }

    private static object? Refuse(string text, string expected, out string? why)
    {
        why = $"'{Told(text)}' is not {expected}.";
        return null;
    }

    private static string Told(string text)
    {
        var cut = text.Length > MaxToldLength ? text[..MaxToldLength] + "…" : text;
        return string.Concat(cut.Select(c => char.IsControl(c) ? '·' : c));
    }
}
