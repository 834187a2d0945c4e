using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Mdm.Abstractions.Testing;

/// <summary>xunit's assertions, whose failures begin with the promise that was broken: the obligation's name, which is a sentence.</summary>
internal static class Owed
{
    public static void Equal<T>(T expected, T actual, [CallerMemberName] string obligation = "") => Check(obligation, () => Assert.Equal(expected, actual));

    public static void Equal<T>(IEnumerable<T> expected, IEnumerable<T> actual, [CallerMemberName] string obligation = "") => Check(obligation, () => Assert.Equal(expected, actual));

    public static void NotEqual<T>(T unexpected, T actual, [CallerMemberName] string obligation = "") => Check(obligation, () => Assert.NotEqual(unexpected, actual));

    public static void True([DoesNotReturnIf(false)] bool condition, [CallerMemberName] string obligation = "") => Check(obligation, () => Assert.True(condition));

    public static void False([DoesNotReturnIf(true)] bool condition, [CallerMemberName] string obligation = "") => Check(obligation, () => Assert.False(condition));

    public static void Null(object? value, [CallerMemberName] string obligation = "") => Check(obligation, () => Assert.Null(value));

    public static void NotNull([NotNull] object? value, [CallerMemberName] string obligation = "")
    {
        if (value is null)
            Check(obligation, () => Assert.NotNull(value));
        ArgumentNullException.ThrowIfNull(value);
    }

    public static void Empty<T>(IEnumerable<T> values, [CallerMemberName] string obligation = "") => Check(obligation, () => Assert.Empty(values));

    public static T Single<T>(IEnumerable<T> values, [CallerMemberName] string obligation = "")
    {
        var list = values.ToList();
        Check(obligation, () => Assert.Single(list));
        return list[0];
    }

    /// <summary>Exactly one of the values is that.</summary>
    public static void Single(IEnumerable<bool> values, bool expected, [CallerMemberName] string obligation = "") => Check(obligation, () => Assert.Single(values, expected));

    public static void All<T>(IEnumerable<T> values, Action<T> check, [CallerMemberName] string obligation = "") => Check(obligation, () => Assert.All(values, check));

    public static void DoesNotContain<T>(IEnumerable<T> values, Predicate<T> unwanted, [CallerMemberName] string obligation = "") => Check(obligation, () => Assert.DoesNotContain(values, unwanted));

    public static void DoesNotContain<T>(T unwanted, IEnumerable<T> values, [CallerMemberName] string obligation = "") => Check(obligation, () => Assert.DoesNotContain(unwanted, values));

    public static void DoesNotContain(string unwanted, string text, StringComparison comparison, [CallerMemberName] string obligation = "") => Check(obligation, () => Assert.DoesNotContain(unwanted, text, comparison));

    public static Task<TException> ThrowsAsync<TException>(Func<Task> act, [CallerMemberName] string obligation = "")
        where TException : Exception => CheckAsync(obligation, () => Assert.ThrowsAsync<TException>(act));

    public static Task<TException> ThrowsAnyAsync<TException>(Func<Task> act, [CallerMemberName] string obligation = "")
        where TException : Exception => CheckAsync(obligation, () => Assert.ThrowsAnyAsync<TException>(act));

    /// <summary>What must succeed; a refusal is told as the broken promise that it is.</summary>
    public static async Task<T> DoneAsync<T>(Func<Task<T>> act, [CallerMemberName] string obligation = "")
    {
        try
        {
            return await act();
        }
        catch (MdmException e)
        {
            throw Broken(obligation, new Xunit.Sdk.XunitException($"{e.Kind}: {e.Message}", e));
        }
    }

    private static void Check(string obligation, Action check)
    {
        try
        {
            check();
        }
        catch (Xunit.Sdk.XunitException e)
        {
            throw Broken(obligation, e);
        }
    }

    private static async Task<T> CheckAsync<T>(string obligation, Func<Task<T>> check)
    {
        try
        {
            return await check();
        }
        catch (Xunit.Sdk.XunitException e)
        {
            throw Broken(obligation, e);
        }
    }

    private static Xunit.Sdk.XunitException Broken(string obligation, Xunit.Sdk.XunitException e) =>
        e.Message.StartsWith("Broken promise", StringComparison.Ordinal) ? e : new($"Broken promise: {obligation.Replace('_', ' ')}.\n{e.Message}", e);
}
