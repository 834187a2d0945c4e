using System.Reflection;
using System.Runtime.ExceptionServices;
using Xunit.Sdk;

namespace Mdm.TestKit;

/// <summary>
/// The tests of a class as rows of a theory, so that they run once more under other circumstances: on another kind of store, say. In contrast to a derived class, the theory
/// may skip them with a reason.
/// </summary>
public static class Obligations
{
    /// <summary>Method and number of its data row, for <c>MemberData</c>.</summary>
    public static IEnumerable<object[]> Of(Type tests)
    {
        ArgumentNullException.ThrowIfNull(tests);
        return tests.GetMethods().Where(method => method.GetCustomAttribute<FactAttribute>() is { Skip: null })
            .OrderBy(method => method.Name, StringComparer.Ordinal)
            .SelectMany(method => Enumerable.Range(0, Rows(method).Count).Select(row => new object[] { method.Name, row }));
    }

    /// <summary>Runs one on a new instance, as xunit does.</summary>
    public static async Task KeptAsync(Func<object> create, string method, int row)
    {
        ArgumentNullException.ThrowIfNull(create);
        var instance = create();
        try
        {
            if (instance is IAsyncLifetime begins)
                await begins.InitializeAsync();
            var test = instance.GetType().GetMethod(method) ?? throw new InvalidOperationException($"There is no test {method}.");
            if (Call(test, instance, Rows(test)[row]) is Task running)
                await running;
        }
        finally
        {
            if (instance is IAsyncLifetime ends)
                await ends.DisposeAsync();
            (instance as IDisposable)?.Dispose();
        }
    }

    private static List<object?[]> Rows(MethodInfo method)
    {
        var data = method.GetCustomAttributes<DataAttribute>().ToList();
        return data.Count == 0 ? [[]] : [.. data.SelectMany(attribute => attribute.GetData(method))];
    }

    private static object? Call(MethodInfo test, object instance, object?[] arguments)
    {
        try
        {
            return test.Invoke(instance, arguments);
        }
        catch (TargetInvocationException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerException!);
            throw;
        }
    }
}
