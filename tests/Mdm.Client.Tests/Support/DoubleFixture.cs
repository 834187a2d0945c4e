using Mdm.Abstractions;
using Mdm.Client.Keys;

namespace Mdm.Client.Tests.Support;

/// <summary>A double and a client of it over plain HTTP, with a folder to fetch to.</summary>
internal sealed class DoubleFixture : IAsyncDisposable
{
    private readonly Mdm.TestKit.TemporaryDirectory _home = new();

    private DoubleFixture(SrmDouble srm, GridFiles files, KeysDouble keys) => (Srm, Files, Keys) = (srm, files, keys);

    public SrmDouble Srm { get; }

    public GridFiles Files { get; }

    /// <summary>The keystores that the host announces once <see cref="SrmDouble.Announcement"/> says so.</summary>
    public KeysDouble Keys { get; }

    public string Home => _home.Path;

    /// <summary>A path in the folder.</summary>
    public string this[params string[] names] => _home[names];

    public static async Task<DoubleFixture> StartAsync(ServiceAnnouncement? named = null)
    {
        var keys = new KeysDouble();
        var srm = await SrmDouble.StartAsync();
        var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Timeout.InfiniteTimeSpan };
        // Short pauses: what is tested is that it waits, not how long.
        var options = new SrmClientOptions { FirstPause = TimeSpan.FromMilliseconds(1), LongestPause = TimeSpan.FromMilliseconds(5) };
        return new DoubleFixture(srm, new GridFiles(http, _ => srm.Endpoint, options, null, new KeyPlaces(named, keys.Of), []), keys);
    }

    public async ValueTask DisposeAsync()
    {
        Files.Dispose();
        await Srm.DisposeAsync();
        _home.Dispose();
    }
}
