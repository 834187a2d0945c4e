using Mdm.TestKit;
using Xunit.Sdk;

namespace Mdm.Abstractions.Tests.Broken;

/// <summary>Runs an obligation against what breaks it, and insists that it is noticed and said.</summary>
internal static class Breaks
{
    /// <summary>Every obligation of a contract as xunit names it.</summary>
    public static IReadOnlyList<string> Obligations(Type contract) => [.. TestKit.Obligations.Of(contract).Select(static row => (string)row[0]).Distinct()];

    /// <summary>Runs each data row of the obligation; what the first one that fails says.</summary>
    public static async Task<string> NoticedAsync(Type contract, Func<object> create, string obligation)
    {
        var rows = TestKit.Obligations.Of(contract).Where(row => (string)row[0] == obligation).ToList();
        rows.Should().NotBeEmpty("'{0}' is an obligation of {1}", obligation, contract.Name);
        foreach (var row in rows)
        {
            try
            {
                await TestKit.Obligations.KeptAsync(create, obligation, (int)row[1]);
            }
            catch (Exception e) when (e is XunitException)
            {
                return e.Message;
            }
        }
        throw new XunitException($"Nothing was noticed by '{obligation}'.");
    }

    /// <summary>The message begins with the promise, as a sentence of its own.</summary>
    public static void NamesThePromise(string message) => message.Should().MatchRegex(@"^Broken promise: [^\n]{15,}\.");
}
