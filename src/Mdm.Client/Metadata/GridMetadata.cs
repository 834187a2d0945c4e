using System.Collections.Immutable;
using System.Net.Sockets;
using Mdm.Abstractions;
using Mdm.Formats.Amga;
using Mdm.Formats.Amga.Search;
using Mdm.Gsi.Client;
using Mdm.Gsi.Trust;

namespace Mdm.Client.Metadata;

/// <summary>Metadata servers with the user's own credential: search all of them at once, or talk to one. Safe for concurrent use.</summary>
public sealed class GridMetadata : IDisposable
{
    // Not of AMGA: our servers tell so which collections the caller may search.
    private const string Collections = "collections";
    private const int IllegalCommand = 3;

    private readonly GridCredential _credential;
    private readonly TrustStore _trust;
    private readonly GridTlsClient _tls;
    private readonly TimeProvider _clock;

    private readonly bool _owns;

    private GridMetadata(GridCredential credential, TrustStore trust, TimeProvider clock, bool owns) => (_credential, _trust, _tls, _clock, _owns) = (credential, trust, new GridTlsClient(trust), clock, owns);

    /// <summary>A client with somebody else's credential and trust, which are not disposed here.</summary>
    internal static GridMetadata With(GridCredential credential, TrustStore trust, TimeProvider clock) => new(credential, trust, clock, owns: false);

    /// <summary>Whose the credential is.</summary>
    public DistinguishedName Subject => _credential.Subject;

    /// <summary>The only clock.</summary>
    internal TimeProvider Clock => _clock;

    /// <summary>Makes a client with the credential and trust of the environment. Connects when first used.</summary>
    /// <exception cref="MdmException">There is no credential, it cannot be used, or there is no trust directory.</exception>
    public static GridMetadata Open(GridEnvironment environment, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(environment);
        if (environment.CertificateFile is null)
            throw new MdmException(MdmErrorKind.NotFound, $"There is no credential. Make a proxy (voms-proxy-init, or mdm demo-grid), or name one; looked at: {environment.Searched}.");
        var credential = GridCredential.Load(environment.CertificateFile, environment.KeyFile ?? environment.CertificateFile);
        try
        {
            return new GridMetadata(credential, GridFiles.Trust(environment.TrustDirectory, timeProvider), timeProvider ?? TimeProvider.System, owns: true);
        }
        catch
        {
            credential.Dispose();
            throw;
        }
    }

    /// <summary>A session with one server.</summary>
    /// <param name="server">Which.</param>
    /// <param name="directory">Where the session begins; null for the root.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="MdmException">It cannot be reached, or is not who it should be.</exception>
    public Task<AmgaConnection> ConnectAsync(MetadataServer server, string? directory, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        return AmgaConnection.OpenAsync(
            new AmgaClientOptions
            {
                Connect = token => DialAsync(server, token),
                Secure = async (stream, token) => await _tls.AuthenticateAsync(stream, server.Host, _credential, GridTlsMode.Tls, token).ConfigureAwait(false),
                Directory = directory,
                TimeProvider = _clock,
            },
            cancellationToken);
    }

    /// <summary>A session as AMGA's configuration file has it, with the user's credential.</summary>
    /// <exception cref="MdmException">It cannot be reached, or is not who it should be.</exception>
    public Task<AmgaConnection> ConnectAsync(MdclientConfig config, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(config);
        return AmgaConnection.OpenAsync(
            OptionsOf(config) with { Secure = async (stream, token) => await _tls.AuthenticateAsync(stream, config.Host, _credential, GridTlsMode.Tls, token).ConfigureAwait(false), TimeProvider = _clock }, cancellationToken);
    }

    /// <summary>A session that is not encrypted, as the configuration file asks for.</summary>
    /// <exception cref="MdmException">It cannot be reached, or does not offer that.</exception>
    public static Task<AmgaConnection> ConnectPlainAsync(MdclientConfig config, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(config);
        return AmgaConnection.OpenAsync(OptionsOf(config) with { Password = config.Password }, cancellationToken);
    }

    /// <summary>One question to all servers at once. Those that cannot be reached are in the search's reports.</summary>
    /// <param name="servers">Whom to ask.</param>
    /// <param name="collections">What to search on each; empty for what each server is named with, or tells of.</param>
    /// <param name="question">What.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<FederatedSearch> SearchAsync(IReadOnlyList<MetadataServer> servers, IReadOnlyList<string> collections, SearchQuestion question, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(servers);
        ArgumentNullException.ThrowIfNull(collections);
        ArgumentNullException.ThrowIfNull(question);
        var targets = await Task.WhenAll(servers.Select(server => TargetsAsync(server, collections, question, cancellationToken))).ConfigureAwait(false);
        return new FederatedSearch([.. targets.SelectMany(target => target)], question);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tls.Dispose();
        if (!_owns)
            return;
        _trust.Dispose();
        _credential.Dispose();
    }

    private static AmgaClientOptions OptionsOf(MdclientConfig config) => new()
    {
        Connect = token => DialAsync(new MetadataServer(config.Host, config.Port, []), token),
        Login = config.Login,
        PermissionMask = config.PermissionMask,
        GroupMask = config.GroupMask,
        Directory = config.Home,
    };

    private static async ValueTask<AmgaLink> DialAsync(MetadataServer server, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server.Host, server.Port, cancellationToken).ConfigureAwait(false);
            return new AmgaLink(new NetworkStream(socket, ownsSocket: true), urgent => socket.Send([urgent], SocketFlags.OutOfBand));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<IReadOnlyList<SearchTarget>> TargetsAsync(MetadataServer server, IReadOnlyList<string> collections, SearchQuestion question, CancellationToken cancellationToken)
    {
        var name = server.ToString();
        var named = collections.Count > 0 ? collections : server.Collections;
        try
        {
            if (named.Count == 0)
                named = await AskAsync(server, question.TimeLimit, CollectionsOfAsync, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is MdmException or AmgaAnswerException)
        {
            // It stands in the reports as what it is: a server that did not answer.
            return [new SearchTarget(name, "/", _ => Task.FromException<AmgaConnection>(failure))];
        }
        return [.. named.Select(collection => new SearchTarget(name, collection, token => ConnectAsync(server, null, token)))];
    }

    /// <summary>A short exchange with a server, within a time limit.</summary>
    /// <exception cref="MdmException">It cannot be reached, or was late.</exception>
    internal async Task<T> AskAsync<T>(MetadataServer server, TimeSpan timeLimit, Func<AmgaConnection, CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        using var clock = new CancellationTokenSource(timeLimit, _clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellationToken);
        try
        {
            var connection = await ConnectAsync(server, null, both.Token).ConfigureAwait(false);
            await using var closing = connection.ConfigureAwait(false);
            return await ask(connection, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (clock.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new MdmException(MdmErrorKind.Unavailable, $"It did not answer within {timeLimit.TotalSeconds:0.###} s.");
        }
    }

    /// <summary>The collections that a server tells of.</summary>
    /// <exception cref="MdmException">Unsupported: it does not tell.</exception>
    internal static async Task<IReadOnlyList<string>> CollectionsOfAsync(AmgaConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.ExecuteAsync([Collections], cancellationToken).ConfigureAwait(false);
        }
        catch (AmgaAnswerException unknown) when (unknown.Code == IllegalCommand)
        {
            throw new MdmException(MdmErrorKind.Unsupported, "It does not tell which collections it has; name the one to search.", unknown);
        }
    }
}
