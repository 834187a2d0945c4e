using System.Diagnostics;
using System.Text;
using Mdm.Client;
using Mdm.Srm.Messages;

namespace Mdm.Bench;

/// <summary>What a client does at a host over one connection, with the time of each kind of call.</summary>
internal sealed class SrmClientLoad(RawSrm raw, RawSession session, Site site) : IAsyncDisposable
{
    private static int _made;

    /// <summary>How long the calls of each operation took in all, and how many there were.</summary>
    public Dictionary<string, (TimeSpan Took, int Calls)> Times { get; } = new(StringComparer.Ordinal);

    public int Calls => Times.Values.Sum(time => time.Calls);

    public static async Task<SrmClientLoad> ConnectAsync(RawSrm raw, Site site) => new(raw, await raw.ConnectAsync(), site);

    /// <summary>A file is looked at, asked for, its request looked at and released. The file is in the host's pool.</summary>
    public async Task FetchAsync(Surl file)
    {
        var surl = site.At(file.Path.ToString()).ToString();
        await CallAsync(new LsRequest { Surls = [surl], FullDetailedList = true, NumOfLevels = 0 });
        var prepared = await CallAsync(new PrepareToGetRequest { FileRequests = [new GetFileRequest(surl)], TransferParameters = new TransferParameters { TransferProtocols = ["https"] } });
        var token = TokenOf(prepared.Span);
        await CallAsync(new StatusOfGetRequestRequest { RequestToken = token });
        await CallAsync(new ReleaseFilesRequest { RequestToken = token });
    }

    /// <summary>A directory is made, closed to others, moved and removed.</summary>
    public async Task ArrangeAsync()
    {
        var path = $"{Site.Root}/made-{Interlocked.Increment(ref _made)}";
        var (made, moved) = (site.At(path).ToString(), site.At(path + "-moved").ToString());
        await CallAsync(new MkdirRequest { Surl = made });
        await CallAsync(new SetPermissionRequest { Surl = made, PermissionType = PermissionType.Change, OwnerPermission = PermissionMode.RWX });
        await CallAsync(new MvRequest { FromSurl = made, ToSurl = moved });
        await CallAsync(new RmdirRequest { Surl = moved });
    }

    public ValueTask DisposeAsync() => session.DisposeAsync();

    private async Task<ReadOnlyMemory<byte>> CallAsync(SrmRequest request)
    {
        var message = raw.Compose(request);
        var started = Stopwatch.GetTimestamp();
        var answer = await session.SucceedAsync(message);
        var (took, calls) = Times.GetValueOrDefault(request.Operation.Name);
        Times[request.Operation.Name] = (took + Stopwatch.GetElapsedTime(started), calls + 1);
        return answer;
    }

    private static string TokenOf(ReadOnlySpan<byte> answer)
    {
        var rest = answer[(answer.IndexOf("<requestToken>"u8) + "<requestToken>"u8.Length)..];
        return Encoding.ASCII.GetString(rest[..rest.IndexOf("</requestToken>"u8)]);
    }
}
