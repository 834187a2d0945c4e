using Mdm.Host.Requests;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>Requests in the words of SRM.</summary>
internal static class RequestAnswers
{
    private static readonly ReturnStatus NotInRequest = new(StatusCode.InvalidPath, "The request has no such file.");

    /// <summary>What is said of a token that is unknown or forgotten.</summary>
    public static CallRefusedException UnknownToken() => new(StatusCode.InvalidRequest, "There is no request of that token; tokens are case-sensitive, and a request is forgotten some time after its end.");

    /// <summary>The files asked about, in the order asked; all when none is named. With null for what the request does not have.</summary>
    public static IEnumerable<(string Surl, FileView? File)> Select(RequestView request, IReadOnlyList<string>? surls)
    {
        if (surls is not { Count: > 0 })
            return request.Files.Select(file => (file.Surl, (FileView?)file));
        var byPath = request.Files.Where(file => file.Path is not null).ToLookup(file => file.Path!);
        return surls.Select(text => (text, Surl.TryParse(text, out var surl, out _) ? byPath[surl.Path].FirstOrDefault() : request.Files.FirstOrDefault(file => file.Surl == text)));
    }

    public static GetRequestFileStatus GetStatus(string surl, FileView? file) => new()
    {
        SourceSurl = surl,
        FileSize = file?.Length,
        Status = file is null ? NotInRequest : SrmStatus.Of(file, RequestKind.Get),
        EstimatedWaitTime = Seconds(file?.EstimatedWait, atLeast: 1),
        RemainingPinTime = Seconds(file?.RemainingPin, atLeast: 0),
        TransferUrl = file?.Turl?.AbsoluteUri,
    };

    public static BringOnlineRequestFileStatus BringOnlineStatus(string surl, FileView? file) => new()
    {
        SourceSurl = surl,
        FileSize = file?.Length,
        Status = file is null ? NotInRequest : SrmStatus.Of(file, RequestKind.BringOnline),
        EstimatedWaitTime = Seconds(file?.EstimatedWait, atLeast: 1),
        RemainingPinTime = Seconds(file?.RemainingPin, atLeast: 0),
    };

    /// <summary>The status of a request as far as the files in question go.</summary>
    public static ReturnStatus StatusOf(RequestView request, IReadOnlyList<string>? surls, IEnumerable<ReturnStatus> files) =>
        surls is { Count: > 0 } ? SrmStatus.Aggregate(files) : SrmStatus.Of(request);

    /// <summary>Whole seconds, rounded up; null where there is no time to tell.</summary>
    public static int? Seconds(TimeSpan? time, int atLeast) => time is { } known ? Math.Max(atLeast, (int)Math.Min(int.MaxValue, Math.Ceiling(known.TotalSeconds))) : null;
}
