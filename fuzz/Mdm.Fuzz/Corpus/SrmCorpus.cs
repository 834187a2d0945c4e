using System.Buffers;
using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using Mdm.Srm.Messages;
using Mdm.Srm.Soap;

namespace Mdm.Fuzz.Corpus;

/// <summary>Every message of SRM v2.2 with values in all of its fields, found by reflection so that none is forgotten.</summary>
internal static class SrmCorpus
{
    private static readonly string[] Texts =
    [
        "srm://host.example:8446/grid/vo/file.dcm", "/grid/vo/a b/\u00e4\u65e5\u672c.dcm", "token-42", "<&>\"'", "https", "/DC=org/CN=Somebody", "x",
    ];

    public static IReadOnlyList<byte[]> Tokens { get; } =
    [
        .. new[]
        {
            "<a>", "</a>", "<a/>", "<!--", "-->", "<![CDATA[", "]]>", "<?xml version=\"1.0\"?>", "<!DOCTYPE a [<!ENTITY b \"c\">]>", "&b;", "&#0;", "&#x10FFFF;", "&lt;", " xsi:nil=\"true\"", " href=\"#id1\"",
            " id=\"id1\"", " xmlns:a=\"b\"", "<urlArray>", "<requestArray>", "<pathDetailArray>", "2026-01-01T00:00:00Z", "SRM_SUCCESS", "\uFEFF", "-1",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    public static IReadOnlyList<SrmRequest> Requests(Xorshift random) => Messages<SrmRequest>(random);

    public static IReadOnlyList<SrmResponse> Responses(Xorshift random) => Messages<SrmResponse>(random);

    public static IReadOnlyList<byte[]> RequestSeeds(Xorshift random) =>
        [.. Requests(random).Select(Written), .. SampleFiles.Smallest("srm/captures", "*", 60).SelectMany(Envelopes).Where(text => !text.AsSpan().IndexOf("Response>"u8).Equals(0))];

    public static IReadOnlyList<byte[]> ResponseSeeds(Xorshift random) =>
        [.. Responses(random).Select(Written), .. SampleFiles.Smallest("srm/captures", "*", 60).SelectMany(Envelopes)];

    public static byte[] Written(SrmRequest request)
    {
        var output = new ArrayBufferWriter<byte>();
        SoapWriter.WriteRequest(output, request);
        return output.WrittenSpan.ToArray();
    }

    public static byte[] Written(SrmResponse response)
    {
        var output = new ArrayBufferWriter<byte>();
        SoapWriter.WriteResponse(output, response);
        return output.WrittenSpan.ToArray();
    }

    // A capture is a whole exchange: what looks like an envelope in it is taken.
    private static IEnumerable<byte[]> Envelopes(byte[] capture)
    {
        var text = Encoding.UTF8.GetString(capture);
        for (var start = text.IndexOf("<?xml", StringComparison.Ordinal); start >= 0; start = text.IndexOf("<?xml", start + 5, StringComparison.Ordinal))
        {
            var end = text.IndexOf("Envelope>", start, StringComparison.Ordinal);
            if (end > 0)
                yield return Encoding.UTF8.GetBytes(text[start..(end + 9)]);
        }
    }

    private static List<T> Messages<T>(Xorshift random) =>
        [.. typeof(T).Assembly.GetTypes().Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(T))).OrderBy(type => type.Name, StringComparer.Ordinal).Select(type => (T)Value(random, type, 0)!)];

    private static object? Value(Xorshift random, Type type, int depth)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string))
            return random.Pick(Texts);
        if (type == typeof(int))
            return random.Below(100_000);
        if (type == typeof(long))
            return (long)random.Below(int.MaxValue) * 1000;
        if (type == typeof(bool))
            return random.Chance(2);
        if (type == typeof(DateTimeOffset))
            return DateTimeOffset.FromUnixTimeSeconds(random.Below(int.MaxValue));
        if (type.IsEnum)
            return Enum.GetValues(type).GetValue(random.Below(Enum.GetValues(type).Length));
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(type.GenericTypeArguments))!;
            for (var items = depth > 3 ? 0 : 1 + random.Below(3); items > 0; items--)
                list.Add(Value(random, type.GenericTypeArguments[0], depth + 1));
            return list;
        }
        var message = RuntimeHelpers.GetUninitializedObject(type);
        var nullability = new NullabilityInfoContext();
        foreach (var property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(p => p.SetMethod is not null).OrderBy(p => p.Name, StringComparer.Ordinal))
        {
            var mayBeAbsent = Nullable.GetUnderlyingType(property.PropertyType) is not null || nullability.Create(property).WriteState == NullabilityState.Nullable;
            if (!mayBeAbsent || (depth < 4 && !random.Chance(6)))
                property.SetValue(message, Value(random, property.PropertyType, depth + 1));
        }
        return message;
    }
}
