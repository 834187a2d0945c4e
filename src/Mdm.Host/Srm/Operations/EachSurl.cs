using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>Calls about several SURLs: each is done and answered by itself, in the order asked, as often as it was asked.</summary>
internal static class EachSurl
{
    /// <summary>Does the same with each; what goes wrong with one becomes its status.</summary>
    /// <exception cref="CallRefusedException">There is none.</exception>
    public static async ValueTask<List<SurlReturnStatus>> DoAsync(IReadOnlyList<string> surls, Func<Surl, ValueTask<ReturnStatus>> act) =>
        await DoAsync(surls, async surl => new SurlReturnStatus(surl.Text, await act(surl)), static (surl, status) => new SurlReturnStatus(surl, status));

    /// <inheritdoc cref="DoAsync(IReadOnlyList{string}, Func{Surl, ValueTask{ReturnStatus}})"/>
    public static async ValueTask<List<T>> DoAsync<T>(IReadOnlyList<string> surls, Func<Surl, ValueTask<T>> act, Func<string, ReturnStatus, T> refuse)
    {
        Demand(surls);
        var answers = new List<T>(surls.Count);
        foreach (var text in surls)
        {
            if (!Surl.TryParse(text, out var surl, out var refusal))
            {
                answers.Add(refuse(text, refusal));
                continue;
            }
            try
            {
                answers.Add(await act(surl));
            }
            catch (MdmException e)
            {
                answers.Add(refuse(text, SrmStatus.OfFile(e)));
            }
        }
        return answers;
    }

    /// <summary>The path of each, null for what is no SURL of a path.</summary>
    public static List<StoragePath?> Paths(IReadOnlyList<string> surls) => [.. surls.Select(text => Surl.TryParse(text, out var surl, out _) ? surl.Path : null)];

    /// <summary>The SURL of a call that is about one entry.</summary>
    /// <exception cref="CallRefusedException">It is none.</exception>
    public static Surl One(string text) => Surl.TryParse(text, out var surl, out var refusal) ? surl : throw new CallRefusedException(refusal);

    /// <exception cref="CallRefusedException">There is none.</exception>
    public static void Demand(IReadOnlyList<string> surls)
    {
        if (surls.Count == 0)
            throw new CallRefusedException(StatusCode.InvalidRequest, "The request names no SURL.");
    }
}
