using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Mdm.Abstractions;
using Mdm.Formats.Amga;
using Mdm.Formats.Amga.Search;

namespace Mdm.Client.Metadata;

/// <summary>How the servers did in one answer.</summary>
/// <param name="Reports">One for each server that was asked.</param>
/// <param name="IsPartial">True when a server failed or was late, so that some of what there is may be missing.</param>
public sealed record FederatedAnswer(ImmutableArray<TargetReport> Reports, bool IsPartial);

/// <summary>
/// Any number of metadata servers as one <see cref="IMetadataStore"/>, for programs that are written against the contract: asked all at once, by AMGA's protocol and with the user's own credential. It only
/// reads; a server checks the caller by himself, so the caller has to be the credential's owner, and what counts are the credential's attributes.
/// </summary>
/// <remarks>
/// An answer is partial where a server failed or was late: its rows are given all the same, and every enumeration tells how each server did, once: a query when it ends (also when it is left early), a
/// description before its first collection. A program that does not look at that would take a part for the whole, so there is no making one without. Where no server answers, the enumeration fails. Rows come as they arrive; a file that several servers know
/// comes once, with the values of the first. Safe for concurrent use.
/// </remarks>
public sealed class FederatedMetadataStore : IMetadataStore
{
    private const string PathAttribute = "Path";
    private const int NoSuchEntry = 1;
    private const string Everything = "/";

    private readonly GridMetadata _metadata;
    private readonly ImmutableArray<MetadataServer> _servers;
    private readonly Action<FederatedAnswer> _answered;
    private readonly TimeSpan _timeLimit;

    /// <param name="metadata">Credential and trust; stays the caller's to dispose.</param>
    /// <param name="servers">Whom to ask.</param>
    /// <param name="answered">Told once in each enumeration how the servers did; from whichever thread enumerates.</param>
    /// <param name="timeLimit">How long each server has for all of its answer; a minute where it is not said.</param>
    /// <exception cref="MdmException">Refused: nobody to ask.</exception>
    public FederatedMetadataStore(GridMetadata metadata, IReadOnlyList<MetadataServer> servers, Action<FederatedAnswer> answered, TimeSpan? timeLimit = null)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(servers);
        ArgumentNullException.ThrowIfNull(answered);
        if (servers.Count is 0 or > MetadataServer.MaxServers)
            throw new MdmException(MdmErrorKind.Refused, $"Name 1 to {MetadataServer.MaxServers} metadata servers ({nameof(MetadataServer.MaxServers)}).");
        (_metadata, _servers, _answered, _timeLimit) = (metadata, [.. servers], answered, timeLimit ?? new SearchQuestion().TimeLimit);
    }

    /// <inheritdoc/>
    /// <remarks>Attributes of one collection on several servers are put together. The protocol does not tell groups of attributes: they are empty.</remarks>
    public async IAsyncEnumerable<MetadataCollection> DescribeAsync(GridIdentity caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        DemandOwner(caller);
        var answers = await Task.WhenAll(_servers.Select(server => DescribeAsync(server, cancellationToken))).ConfigureAwait(false);
        Conclude([.. answers.Select(static answer => answer.Report)]);
        foreach (var same in answers.SelectMany(static answer => answer.Collections).GroupBy(static collection => collection.Path).OrderBy(static same => same.Key.ToString(), StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new MetadataCollection(same.Key, [.. same.SelectMany(static collection => collection.Columns).DistinctBy(static column => column.Name)]);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<MetadataRow> QueryAsync(MetadataQuery query, GridIdentity caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        DemandOwner(caller);
        if (!query.Conditions.IsDefault && query.Conditions.Any(static condition => condition.AnyOf.Length > SearchConditions.MaxPatterns))
            throw new MdmException(MdmErrorKind.Refused, $"A condition has at most {SearchConditions.MaxPatterns} patterns (MaxPatterns).");
        var types = new ConcurrentDictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        var search = new FederatedSearch([.. _servers.Select(server => TargetOf(server, query, types))], new SearchQuestion
        {
            Attributes = query.Attributes.IsDefaultOrEmpty ? null : query.Attributes,
            Limit = Math.Min(query.Limit, SearchQuestion.MaxRows),
            TimeLimit = _timeLimit,
            TimeProvider = _metadata.Clock,
        });
        var isWhole = false;
        try
        {
            await foreach (var row in search.RunAsync(cancellationToken).ConfigureAwait(false))
            {
                if (row.File is { } file)
                    yield return RowOf(query.Collection, file, row, types[row.Target.Server]);
            }
            isWhole = true;
        }
        finally
        {
            // Left early, or broken off: what is known by then.
            if (!isWhole)
                Tell([.. search.Reports]);
        }
        Conclude([.. search.Reports]);
    }

    /// <summary>Refused: rows are written where they are kept.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Unsupported"/>.</exception>
    public ValueTask<Guid> DeclareAsync(MetadataCollection collection, ImmutableArray<MetadataGrant> readers, CancellationToken cancellationToken) => ValueTask.FromException<Guid>(ReadsOnly());

    /// <inheritdoc cref="DeclareAsync"/>
    public ValueTask PutManyAsync(IReadOnlyList<MetadataRow> rows, CancellationToken cancellationToken) => ValueTask.FromException(ReadsOnly());

    /// <inheritdoc cref="DeclareAsync"/>
    public ValueTask RemoveAsync(FileId file, CancellationToken cancellationToken) => ValueTask.FromException(ReadsOnly());

    /// <summary>Nothing to do: connections end with their answers.</summary>
    public ValueTask DisposeAsync() => default;

    private static MdmException ReadsOnly() =>
        new(MdmErrorKind.Unsupported, "Metadata of many servers is read only. Rows are written by each site's publications (Publications:NAME:Attributes); to change one server's, connect to it (GridMetadata.ConnectAsync) and use its commands.");

    private static MetadataRow RowOf(StoragePath collection, FileId file, FoundRow row, IReadOnlyDictionary<string, string> types) => new(
        collection, file, StoragePath.TryParse(row.Path, out var path) ? path : null,
        [.. row.Values.Where(static value => value.Key != PathAttribute).OrderBy(static value => value.Key, StringComparer.Ordinal).Select(value => AttributeOf(value.Key, types[value.Key], value.Value))]);

    private static ArchiveAttribute AttributeOf(string name, string type, string value) => new(name, type switch
    {
        "int" => "IS",
        "float" => "FD",
        "timestamp" => "DT",
        "text" => "UT",
        _ => SearchConditions.IsText(type) ? "LO" : "DS",
    }, SearchConditions.IsText(type) ? [.. value.Split('\\')] : [value]);

    private void DemandOwner(GridIdentity caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        if (caller.Subject != _metadata.Subject)
            throw new MdmException(MdmErrorKind.AccessDenied, $"The servers are asked with the credential of {_metadata.Subject}, and only for him: they check the caller by his own.");
    }

    private SearchTarget TargetOf(MetadataServer server, MetadataQuery query, ConcurrentDictionary<string, IReadOnlyDictionary<string, string>> types)
    {
        var name = server.ToString();
        return new SearchTarget(name, query.Collection.ToString(), token => _metadata.ConnectAsync(server, null, token))
        {
            Condition = there =>
            {
                types[name] = there;
                return SearchConditions.Of(query.Conditions, there);
            },
        };
    }

    private async Task<(TargetReport Report, List<MetadataCollection> Collections)> DescribeAsync(MetadataServer server, CancellationToken cancellationToken)
    {
        var target = new SearchTarget(server.ToString(), Everything, token => _metadata.ConnectAsync(server, null, token));
        var started = _metadata.Clock.GetTimestamp();
        try
        {
            var collections = await _metadata.AskAsync(server, _timeLimit, async (connection, token) =>
            {
                var described = new List<MetadataCollection>();
                foreach (var path in server.Collections.IsDefaultOrEmpty ? await GridMetadata.CollectionsOfAsync(connection, token).ConfigureAwait(false) : server.Collections)
                    described.Add(new MetadataCollection(StoragePath.Parse(path), await ColumnsAsync(connection, path, token).ConfigureAwait(false)));
                return described;
            }, cancellationToken).ConfigureAwait(false);
            return (Report(TargetOutcome.Answered, collections.Count, null), collections);
        }
        catch (AmgaAnswerException refusal)
        {
            return (Report(TargetOutcome.Failed, 0, refusal.Message) with { Code = refusal.Code }, []);
        }
#pragma warning disable CA1031 // One server must not spoil the answers of the others, whatever it does.
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            return (Report(TargetOutcome.Failed, 0, failure is MdmException ? failure.Message : "The connection failed: " + failure.Message), []);
        }
#pragma warning restore CA1031

        TargetReport Report(TargetOutcome outcome, long rows, string? reason) => new(target, outcome, rows, reason, _metadata.Clock.GetElapsedTime(started));
    }

    private static async Task<ImmutableArray<MetadataColumn>> ColumnsAsync(AmgaConnection connection, string path, CancellationToken cancellationToken)
    {
        var lines = await connection.ExecuteAsync(["listattr", path], cancellationToken).ConfigureAwait(false);
        return [.. lines.Chunk(2).Where(static pair => pair.Length == 2 && pair[0] != PathAttribute).Select(static pair => new MetadataColumn(pair[0], pair[1], string.Empty))];
    }

    // A server that has no such collection, or not all of the attributes, misses nothing.
    private static bool IsMissing(TargetReport report) => report.Outcome == TargetOutcome.Late || (report.Outcome == TargetOutcome.Failed && report.Code != NoSuchEntry);

    private void Tell(ImmutableArray<TargetReport> reports) => _answered(new FederatedAnswer(reports, reports.Any(IsMissing)));

    private void Conclude(ImmutableArray<TargetReport> reports)
    {
        Tell(reports);
        if (reports.Any(static report => report.Outcome is TargetOutcome.Answered or TargetOutcome.Asked || report.Rows > 0))
            return;
        throw reports.Any(IsMissing)
            ? new MdmException(MdmErrorKind.Unavailable, "No metadata server has answered: " + string.Join("; ", reports.Where(IsMissing).Select(static report => $"{report.Target.Server}: {report.Reason}")))
            : new MdmException(MdmErrorKind.NotFound, "No metadata server has that collection with these attributes.");
    }
}
