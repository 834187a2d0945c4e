using Mdm.Abstractions;
using Mdm.Client;
using Mdm.Client.Metadata;
using Mdm.Formats.Amga.Search;

namespace Mdm.Native.Handles;

/// <summary>A credential, and the connections that are kept with it.</summary>
internal sealed class Session : Held
{
    private const string Lfn = "lfn:";

    private readonly GridEnvironment _environment;
    private readonly GridMetadata _metadata;

    /// <param name="environment">Where credential and trust are, and who is asked.</param>
    /// <param name="silence">Longest silence of a host; null for the defaults.</param>
    /// <exception cref="CallException">NoCredential: it has ended.</exception>
    public Session(GridEnvironment environment, TimeSpan? silence)
    {
        _environment = environment;
        Fetching = silence is { } stall ? new FetchOptions { StallTimeout = stall } : new FetchOptions();
        Files = GridFiles.Open(environment, silence is { } call ? new SrmClientOptions { CallTimeout = call } : null);
        try
        {
            DemandCredential();
            // The same identity, whatever lies in the file meanwhile.
            _metadata = Files.OpenMetadata();
        }
        catch
        {
            Files.Dispose();
            throw;
        }
    }

    public override string Name => "session";

    public GridFiles Files { get; }

    /// <summary>How files are read.</summary>
    public FetchOptions Fetching { get; }

    /// <summary>What a failure is when the credential ended meanwhile; otherwise it goes on.</summary>
    public bool IsEnd(Exception failure) => failure is SrmException { Status: null } or MdmException && Files.HasCredentialEnded;

    /// <summary>That the credential has ended.</summary>
    public CallException Ended(Exception? failure = null) =>
        new(Kind.NoCredential, $"The credential of {Files.Subject} has ended; make a new proxy, and open another session.", failure);

    /// <exception cref="CallException">NoCredential: it has ended.</exception>
    private void DemandCredential()
    {
        if (Files.HasCredentialEnded)
            throw Ended();
    }

    /// <summary>The place that a name stands for: a SURL, a path at the endpoint, also as <c>lfn:</c>, or the GUID of an entry there, which the endpoint is asked for.</summary>
    public async Task<Surl> PlaceAsync(string name, CancellationToken cancellationToken)
    {
        DemandCredential();
        // As lcg-utils writes the names that a file catalogue knows.
        if (name.StartsWith(Lfn, StringComparison.Ordinal) && name.AsSpan(Lfn.Length).StartsWith("/"))
            return Surl.Parse(name[Lfn.Length..], _environment.Endpoint);
        if (!FileGuid.TryParse(name, out var id))
            return Surl.Parse(name, _environment.Endpoint);
        if (_environment.Endpoint is null)
            throw new CallException(Kind.InvalidName, $"A GUID says nothing of a host; name one in the session's options or in {GridEnvironment.EndpointVariable}.");
        var root = Surl.Parse("/", _environment.Endpoint);
        return root with { Path = (await Files.NamesAt(root).FindAsync(id, cancellationToken).ConfigureAwait(false)).Path };
    }

    /// <summary>Asks the metadata servers that were named, or those that the endpoint announces.</summary>
    public async Task<FederatedSearch> SearchAsync(IReadOnlyList<string> collections, SearchQuestion question, CancellationToken cancellationToken)
    {
        DemandCredential();
        var servers = await MetadataServersAsync(cancellationToken).ConfigureAwait(false);
        return await _metadata.SearchAsync(servers, collections, question, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<MetadataServer>> MetadataServersAsync(CancellationToken cancellationToken)
    {
        if (_environment.MetadataServers is { } named)
            return MetadataServer.ParseMany(named);
        if (_environment.Endpoint is null)
            throw new CallException(Kind.InvalidName, "Which metadata servers? Name them in the session's options or in MDM_AMGA, or set an endpoint that announces them.");
        var announced = await Files.MetadataAtAsync(Surl.Parse("/", _environment.Endpoint), cancellationToken).ConfigureAwait(false);
        return announced.Count > 0 ? announced : throw new CallException(Kind.NotFound, $"{_environment.Endpoint} announces no metadata servers; name them in the session's options or in MDM_AMGA.");
    }

    public override void Dispose()
    {
        _metadata.Dispose();
        Files.Dispose();
    }
}

/// <summary>What calls waiting calls off. It stays called off.</summary>
internal sealed class Cancel : Held
{
    private readonly CancellationTokenSource _source = new();

    public override string Name => "cancel";

    public CancellationToken Token => _source.Token;

    public void Now() => _source.Cancel();

    public override void Dispose() => _source.Dispose();
}

/// <summary>A file that is open. Keeps its session.</summary>
internal sealed class OpenFile(GridFile file, Session session) : Held
{
    public override string Name => "file";

    public long Length => file.Length;

    /// <summary>Reads from an offset on.</summary>
    /// <exception cref="CallException">NoCredential: it ended meanwhile.</exception>
    public async Task<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await file.ReadAsync(offset, buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (session.IsEnd(e))
        {
            throw session.Ended(e);
        }
    }

    public override void Dispose()
    {
        try
        {
            file.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
        finally
        {
            session.LetGo();
        }
    }
}
