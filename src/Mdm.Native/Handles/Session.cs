using Mdm.Abstractions;
using Mdm.Client;
using Mdm.Client.Metadata;
using Mdm.Formats.Amga.Search;

namespace Mdm.Native.Handles;

/// <summary>A credential, and the connections that are kept with it.</summary>
internal sealed class Session : Held
{
    private readonly GridEnvironment _environment;
    private readonly Lazy<GridMetadata> _metadata;

    public Session(GridEnvironment environment, SrmClientOptions options)
    {
        _environment = environment;
        Files = GridFiles.Open(environment, options);
        _metadata = new Lazy<GridMetadata>(() => GridMetadata.Open(_environment));
    }

    public override string Name => "session";

    public GridFiles Files { get; }

    /// <summary>The place that a name stands for: a SURL, a path at the endpoint, or the GUID of an entry there, which the endpoint is asked for.</summary>
    public async Task<Surl> PlaceAsync(string name, CancellationToken cancellationToken)
    {
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
        var servers = await MetadataServersAsync(cancellationToken).ConfigureAwait(false);
        return await _metadata.Value.SearchAsync(servers, collections, question, cancellationToken).ConfigureAwait(false);
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
        if (_metadata.IsValueCreated)
            _metadata.Value.Dispose();
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

    public GridFile File => file;

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
