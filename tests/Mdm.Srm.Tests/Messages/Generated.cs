using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using Mdm.Srm.Messages;

namespace Mdm.Srm.Tests.Messages;

/// <summary>Makes messages in which every member has a value, or only those the specification requires; the same seed gives the same message.</summary>
internal sealed class Generated(int seed, bool onlyRequired = false)
{
    private const int MaxNesting = 3;
    private int counter = seed;

    public static IEnumerable<Type> MessageTypes(Type kind) =>
        kind.Assembly.GetTypes().Where(t => t.IsSubclassOf(kind) && !t.IsAbstract).OrderBy(t => t.Name);

    public object Make(Type type, int nesting = 0)
    {
        var made = RuntimeHelpers.GetUninitializedObject(type);
        foreach (var property in type.GetProperties().Where(p => p.CanWrite))
        {
            var optional = IsOptional(property);
            if (optional && onlyRequired)
                continue;
            if (Value(property.PropertyType, nesting) is { } value)
                property.SetValue(made, value);
        }
        return made;
    }

    private static bool IsOptional(PropertyInfo property) =>
        Nullable.GetUnderlyingType(property.PropertyType) is not null
        || new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable;

    private object? Value(Type type, int nesting)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        var n = counter++;
        if (type == typeof(string))
            return (n % 5) switch
            {
                0 => $"srm://host.example/dir {n}/ü<&>\"'",
                1 => $"  padded {n}\r\n\tand broken  ",
                2 => $"]]>-{n}-\U0001F9E0",
                _ => $"text-{n}",
            };
        if (type == typeof(int))
            return n % 3 == 0 ? -1 : n * 7919;
        if (type == typeof(long))
            return n % 4 == 0 ? long.MaxValue : n * 1_000_003L;
        if (type == typeof(bool))
            return n % 2 == 0;
        if (type == typeof(DateTimeOffset))
            return new DateTimeOffset(2026, 2, 28, 23, 59, 59, n % 1000, TimeSpan.Zero);
        if (type.IsEnum)
            return Enum.GetValues(type).GetValue(n % Enum.GetValues(type).Length);
        if (type.IsGenericType)
            return List(type.GetGenericArguments()[0], n % 4, nesting);
        return nesting < MaxNesting ? Make(type, nesting + 1) : null;
    }

    private IList? List(Type item, int count, int nesting)
    {
        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(item))!;
        if (nesting >= MaxNesting && item.IsSubclassOf(typeof(SrmValue)))
            return null;
        for (var i = 0; i < count; i++)
            list.Add(Value(item, nesting));
        return list;
    }
}
