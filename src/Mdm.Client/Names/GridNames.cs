using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using Mdm.Abstractions;
using Mdm.Client.Files;
using Mdm.Formats.Names;
using Mdm.Srm.Messages;

namespace Mdm.Client.Names;

/// <summary>
/// A host's name space as the users of a file catalogue know it: entries by path or GUID, whole access lists, owners, symbolic names, comments. Everything is done with the caller's own rights. Safe for concurrent use.
/// What the host refuses is an <see cref="SrmException"/>.
/// </summary>
public sealed class GridNames
{
    private readonly HttpClient _http;
    private readonly Uri _host;
    private readonly SrmClientOptions _options;
    private readonly TimeProvider _clock;

    internal GridNames(HttpClient http, Uri host, SrmClientOptions options, TimeProvider clock) => (_http, _host, _options, _clock) = (http, host, options, clock);

    /// <summary>The entry at a path; a symbolic name at the end is followed, or is itself what is asked for.</summary>
    /// <exception cref="SrmException">There is none, or the caller may not pass to it; the host cannot be reached.</exception>
    public Task<NamedEntry> StatAsync(StoragePath path, bool followLast, CancellationToken cancellationToken) =>
        EntryAsync(NamesWire.Stat, new StatQuestion(NameOf(path), followLast), NamesJson.Default.StatQuestion, path.ToString(), cancellationToken);

    /// <summary>The entry of that id. The caller needs the same rights as by its path.</summary>
    /// <exception cref="SrmException">There is none, or the caller may not pass to it: which of the two is not told; the host cannot be reached.</exception>
    public Task<NamedEntry> FindAsync(FileId id, CancellationToken cancellationToken) =>
        EntryAsync(NamesWire.Stat, new StatQuestion(NameOf(id), false), NamesJson.Default.StatQuestion, FileGuid.Of(id), cancellationToken);

    /// <summary>The entries of a directory in the order of their names, with all that is known of them, page by page.</summary>
    /// <exception cref="SrmException">It is no directory, or the caller may not read it; the host cannot be reached.</exception>
    public async IAsyncEnumerable<NamedEntry> ListAsync(StoragePath directory, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(directory);
        string? after = null;
        while (true)
        {
            var page = await AskAsync(NamesWire.List, new ListQuestion(directory.ToString(), after), NamesJson.Default.ListQuestion, NamesJson.Default.EntriesAnswer, directory.ToString(), cancellationToken).ConfigureAwait(false);
            foreach (var entry in page.Entries)
            {
                var named = Read(entry);
                // A host that repeats itself would be asked for ever.
                if (after is not null && StoragePath.NameOrder.Compare(named.Path.Name, after) <= 0)
                    throw new SrmException(null, $"{_host.Authority} lists {directory} out of order.");
                after = named.Path.Name;
                yield return named;
            }
            if (page.IsLast)
                yield break;
            if (page.Entries.Count == 0)
                throw new SrmException(null, $"{_host.Authority} says that {directory} goes on, and does not go on.");
        }
    }

    /// <summary>Changes an access list. The owner may, and administrators.</summary>
    /// <exception cref="SrmException">The host refuses the change; it cannot be reached.</exception>
    public Task<NamedChange> SetAclAsync(StoragePath path, AclChange change, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        var how = change.Kind switch { AclChangeKind.Replace => NamesWire.Replace, AclChangeKind.Modify => NamesWire.Modify, _ => NamesWire.Delete };
        return ChangeAsync(NamesWire.Acl, new AclQuestion(NameOf(path), how, [.. change.Entries.Select(entry => entry.ToString())]), NamesJson.Default.AclQuestion, path.ToString(), cancellationToken);
    }

    /// <summary>Gives an entry to another owner (administrators may) or group (the owner may, to one of his own); null leaves it as it is.</summary>
    /// <exception cref="SrmException">The host refuses, or its catalogue cannot; it cannot be reached.</exception>
    public Task<NamedChange> SetOwnerAsync(StoragePath path, DistinguishedName? owner, Fqan? group, CancellationToken cancellationToken) =>
        ChangeAsync(NamesWire.Owner, new OwnerQuestion(NameOf(path), owner?.ToString(), group?.ToString()), NamesJson.Default.OwnerQuestion, path.ToString(), cancellationToken);

    /// <summary>Makes a symbolic name.</summary>
    /// <param name="target">What it stands for; need not exist.</param>
    /// <param name="link">The name; its directory must be there and let the caller write.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SrmException">The name is taken, or the caller may not; the host cannot be reached.</exception>
    public Task<NamedEntry> LinkAsync(StoragePath target, StoragePath link, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(link);
        return EntryAsync(NamesWire.Link, new LinkQuestion(target.ToString(), link.ToString()), NamesJson.Default.LinkQuestion, link.ToString(), cancellationToken);
    }

    /// <summary>Puts a comment of up to <see cref="ICommentableCatalog.MaxCommentBytes"/> bytes in the place of the one that is there; null takes it away. Needs the right to write on the entry. It is no place for what says who a patient is.</summary>
    /// <exception cref="SrmException">The host refuses, or its catalogue keeps no comments; it cannot be reached.</exception>
    public Task<NamedEntry> SetCommentAsync(StoragePath path, string? comment, CancellationToken cancellationToken) =>
        EntryAsync(NamesWire.Comment, new CommentQuestion(NameOf(path), comment), NamesJson.Default.CommentQuestion, path.ToString(), cancellationToken);

    /// <summary>Changes the one logical right of a file. The owner may, and administrators.</summary>
    /// <exception cref="SrmException">The host refuses it as a whole; it cannot be reached.</exception>
    public Task<NamedChange> SetRightAsync(StoragePath path, RightChange change, CancellationToken cancellationToken) => SetRightAsync(NameOf(path), change, path.ToString(), cancellationToken);

    /// <inheritdoc cref="SetRightAsync(StoragePath, RightChange, CancellationToken)"/>
    public Task<NamedChange> SetRightAsync(FileId id, RightChange change, CancellationToken cancellationToken) => SetRightAsync(NameOf(id), change, FileGuid.Of(id), cancellationToken);

    /// <summary>Takes a file or a symbolic name away, as srmRm does, and waits for what follows the catalogue.</summary>
    /// <returns>True when keystores and metadata have confirmed it; false when they are still being told, which goes on until they have.</returns>
    /// <exception cref="SrmException">There is none, it is a directory, or the caller may not; the host cannot be reached.</exception>
    public async Task<bool> RemoveAsync(StoragePath path, CancellationToken cancellationToken) =>
        (await AskAsync(NamesWire.Remove, new RemoveQuestion(NameOf(path)), NamesJson.Default.RemoveQuestion, NamesJson.Default.RemoveAnswer, path.ToString(), cancellationToken).ConfigureAwait(false)).IsSettled;

    private Task<NamedChange> SetRightAsync(WireName entry, RightChange change, string subject, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        return ChangeAsync(NamesWire.Right, new RightQuestion(entry, change.Mode, change.Level, change.User), NamesJson.Default.RightQuestion, subject, cancellationToken);
    }

    private static WireName NameOf(StoragePath path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new WireName(Path: path.ToString());
    }

    private static WireName NameOf(FileId id) => new(Id: id.ToString());

    private async Task<NamedEntry> EntryAsync<T>(string operation, T question, JsonTypeInfo<T> type, string subject, CancellationToken cancellationToken) =>
        Read(await AskAsync(operation, question, type, NamesJson.Default.WireEntry, subject, cancellationToken).ConfigureAwait(false));

    private async Task<NamedChange> ChangeAsync<T>(string operation, T question, JsonTypeInfo<T> type, string subject, CancellationToken cancellationToken)
    {
        var changed = await AskAsync(operation, question, type, NamesJson.Default.ChangeAnswer, subject, cancellationToken).ConfigureAwait(false);
        return new NamedChange(Read(changed.Entry), changed.IsSettled);
    }

    private NamedEntry Read(WireEntry entry)
    {
        try
        {
            return NamedEntry.Of(entry);
        }
        catch (MdmException e)
        {
            throw Unreadable(e);
        }
    }

    private async Task<TAnswer> AskAsync<TQuestion, TAnswer>(string operation, TQuestion question, JsonTypeInfo<TQuestion> questionType, JsonTypeInfo<TAnswer> answerType, string subject, CancellationToken cancellationToken)
        where TAnswer : class
    {
        var address = new Uri(_host, NamesWire.Root + operation);
        using var limit = new CancellationTokenSource(_options.CallTimeout, _clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(NamesWire.Write(question, questionType)) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(NamesWire.MediaType);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
                throw await RefusalAsync(response, subject, both.Token).ConfigureAwait(false);
            var body = await BodyAsync(response, NamesLimits.MaxAnswer, both.Token).ConfigureAwait(false)
                ?? throw new SrmException(null, $"{_host.Authority} answered with more than {NamesLimits.MaxAnswer} bytes.");
            return ReadAnswer(body, answerType);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SrmException(null, $"{_host.Authority} did not answer within {_options.CallTimeout.TotalSeconds:0} seconds.", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or MdmException)
        {
            throw SrmClient.Unreachable(address, e);
        }
    }

    private TAnswer ReadAnswer<TAnswer>(byte[] body, JsonTypeInfo<TAnswer> type)
        where TAnswer : class
    {
        try
        {
            return NamesWire.Read(body, type);
        }
        catch (MdmException e)
        {
            throw Unreadable(e);
        }
    }

    private SrmException Unreadable(MdmException cause) => new(null, $"What {_host.Authority} answered cannot be read: {cause.Message}", cause);

    private async Task<SrmException> RefusalAsync(HttpResponseMessage response, string subject, CancellationToken cancellationToken) =>
        response.StatusCode == HttpStatusCode.NotFound && !response.Headers.Contains(NamesWire.KindHeader)
            ? new SrmException(StatusCode.NotSupported, $"{_host.Authority} has no door for names: it is older, or of another make.")
            : await Refusal.OfAsync(response, subject, cancellationToken).ConfigureAwait(false);

    private static async Task<byte[]?> BodyAsync(HttpResponseMessage response, int longest, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentLength > longest)
            return null;
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            using var body = new MemoryStream();
            var buffer = new byte[16 * 1024];
            int read;
            while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (body.Length + read > longest)
                    return null;
                body.Write(buffer, 0, read);
            }
            return body.ToArray();
        }
    }
}
