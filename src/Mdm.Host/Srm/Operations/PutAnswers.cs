using Mdm.Host.Uploads;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>Puts in the words of SRM.</summary>
internal static class PutAnswers
{
    private const int Endless = -1;

    private static readonly ReturnStatus NotInRequest = new(StatusCode.InvalidPath, "The request has no such file.");

    /// <summary>The files asked about, in the order asked; all when none is named.</summary>
    public static List<PutRequestFileStatus> Files(UploadView put, IReadOnlyList<string>? surls, UploadBook book, GridIdentity caller, DateTimeOffset now)
    {
        if (surls is not { Count: > 0 })
            return [.. put.Files.Select(file => Of(file.Surl, file, book, caller, now))];
        return [.. surls.Select(text => Of(text, Surl.TryParse(text, out var surl, out _) ? put.Files.FirstOrDefault(file => surl.Path.Equals(file.Asked)) : put.Files.FirstOrDefault(file => file.Surl == text), book, caller, now))];
    }

    /// <summary>The status of a put as far as the files in question go. What ran out of time is said of the request: its files are failures.</summary>
    public static ReturnStatus StatusOf(UploadView put, IReadOnlyList<string>? surls, IReadOnlyCollection<PutRequestFileStatus> files)
    {
        var aggregate = SrmStatus.Aggregate(files.Select(file => file.Status));
        // srm-ifce makes its error of the request's code, so where all files failed alike it is theirs.
        if (aggregate.StatusCode == StatusCode.Failure && files.Select(file => file.Status.StatusCode).Distinct().ToList() is [var common])
            aggregate = aggregate with { StatusCode = common };
        return surls is not { Count: > 0 } && aggregate.StatusCode == StatusCode.Failure && put.Files.Any(file => file.State == UploadState.TimedOut)
            ? new ReturnStatus(StatusCode.RequestTimedOut, SrmStatus.Of(put.Files.First(file => file.State == UploadState.TimedOut)).Explanation)
            : aggregate;
    }

    public static int? FileLifetime(TimeSpan? life) => life is null ? Endless : RequestAnswers.Seconds(life, atLeast: 1);

    private static PutRequestFileStatus Of(string surl, UploadRow? file, UploadBook book, GridIdentity caller, DateTimeOffset now) => file is null
        ? new PutRequestFileStatus { Surl = surl, Status = NotInRequest }
        : new PutRequestFileStatus
        {
            Surl = surl,
            Status = SrmStatus.Of(file),
            FileSize = file.Facts?.Length ?? file.Expected,
            RemainingPinLifetime = file.State.IsOpen() ? RequestAnswers.Seconds(file.TurlUntil - now, atLeast: 0) : null,
            RemainingFileLifetime = file.State.IsOpen() || file.State == UploadState.Done ? FileLifetime(file.Lifetime) : null,
            TransferUrl = book.TurlOf(caller, file)?.AbsoluteUri,
        };
}
