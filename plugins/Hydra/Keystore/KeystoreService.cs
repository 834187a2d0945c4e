using System.Text.Json.Serialization.Metadata;
using Mdm.Abstractions;
using Mdm.Formats.Keystores;
using Mdm.Sql;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Mdm.Plugins.Hydra.Keystore;

/// <summary>A keystore behind the host's door: one share of each key, whom it is given to, and a line in the log for each key that anybody asked for.</summary>
internal sealed class KeystoreService : IGridHttpService, IProbeable
{
    private const string Store = "The keystore";

    /// <summary>After so long no attempt to register relies on a promise any more: attempts take seconds.</summary>
    private static readonly TimeSpan PromiseLife = TimeSpan.FromDays(1);

    private readonly SqlStore _store;
    private readonly CallerRoles _roles;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;

    private KeystoreService(SqlStore store, KeystoreOptions options, PluginContext context)
    {
        (_store, _roles, _clock) = (store, new CallerRoles(options), context.TimeProvider);
        _log = context.LoggerFactory.CreateLogger<KeystoreService>();
    }

    /// <exception cref="SqlStoreException">The store cannot be opened.</exception>
    public static KeystoreService Open(KeystoreOptions options, PluginContext context)
    {
        var store = SqlStore.Open(
            SqlStoreAddress.Parse(options.Store, context.BaseDirectory), KeyTable.Schema, new SqlStoreOptions($"the keystore '{context.InstanceName}'", IsExclusive: true),
            session => new KeyTable(session).CollectReserved(context.TimeProvider.GetUtcNow() - PromiseLife));
        return new KeystoreService(store, options, context);
    }

    public async Task HandleAsync(HttpContext context, GridIdentity caller)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }
        var role = _roles.Of(caller);
        var body = await BodyAsync(context).ConfigureAwait(false);
        var ended = context.RequestAborted;
        var json = KeystoreJson.Default;
        var operation = context.Request.Path.Value?.Split('/') is ["", KeystoreOperations.Version, var name] ? name : null;
        var answer = operation switch
        {
            KeystoreOperations.Read => Written(await ReadAsync(KeystoreWire.Read(body, json.ReadRequest), role, ended).ConfigureAwait(false), json.ReadAnswer),
            KeystoreOperations.Reserve => Written(await ReserveAsync(KeystoreWire.Read(body, json.ReserveRequest), role, ended).ConfigureAwait(false), json.ReserveAnswer),
            KeystoreOperations.Deposit => Written(await LeaveAsync(operation, KeystoreWire.Read(body, json.DepositRequest), role, (work, item, rights) => work.Deposit(item, rights), ended).ConfigureAwait(false), json.StatusAnswer),
            KeystoreOperations.Stage => Written(await LeaveAsync(operation, KeystoreWire.Read(body, json.DepositRequest), role, (work, item, rights) => work.Stage(item, rights), ended).ConfigureAwait(false), json.StatusAnswer),
            KeystoreOperations.Rights => Written(await SetRightsAsync(KeystoreWire.Read(body, json.RightsRequest), role, ended).ConfigureAwait(false), json.StatusAnswer),
            KeystoreOperations.Destroy => Written(await EachAsync(operation, KeystoreWire.Read(body, json.KeysRequest).Keys, k => k, role, (work, id) => work.Destroy(id), ended).ConfigureAwait(false), json.StatusAnswer),
            KeystoreOperations.Forget => Written(await EachAsync(operation, KeystoreWire.Read(body, json.KeysRequest).Keys, k => k, role, (work, id) => work.Forget(id), ended).ConfigureAwait(false), json.StatusAnswer),
            KeystoreOperations.Promote => Written(await EachAsync(operation, KeystoreWire.Read(body, json.PromoteRequest).Keys, k => k.Id, role, (work, item) => work.Promote(item.Id, item.Split), ended).ConfigureAwait(false), json.StatusAnswer),
            KeystoreOperations.List => Written(await ListAsync(KeystoreWire.Read(body, json.ListRequest), role, ended).ConfigureAwait(false), json.ListAnswer),
            KeystoreOperations.Describe => Written(await DescribeAsync(KeystoreWire.Read(body, json.ListRequest), role, ended).ConfigureAwait(false), json.ListAnswer),
            KeystoreOperations.Status => Written(await StatusAsync(role, ended).ConfigureAwait(false), json.KeystoreStatus),
            _ => null,
        };
        if (answer is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        context.Response.ContentType = KeystoreWire.MediaType;
        context.Response.ContentLength = answer.Length;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(answer, ended).ConfigureAwait(false);
    }

    public async ValueTask<string> ProbeAsync(CancellationToken cancellationToken) =>
        $"{await ReadStoreAsync(table => table.CountKept(), cancellationToken).ConfigureAwait(false)} keys in {_store.Address}";

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private static byte[] Written<T>(T answer, JsonTypeInfo<T> type) => KeystoreWire.Write(answer, type);

    private static async Task<byte[]> BodyAsync(HttpContext context)
    {
        var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted).ConfigureAwait(false) is > 0 and var read)
        {
            if (body.Length + read > KeystoreLimits.MaxRequestLength)
                throw new MdmException(MdmErrorKind.InvalidName, $"A request to a keystore has {KeystoreLimits.MaxRequestLength} bytes at most.");
            body.Write(buffer, 0, read);
        }
        return body.ToArray();
    }

    private async Task<ReadAnswer> ReadAsync(ReadRequest request, CallerRole role, CancellationToken cancellationToken)
    {
        var actsFor = request.For?.ToIdentity();
        if (actsFor is not null)
        {
            _roles.RefuseLimited(actsFor);
            if (role.Registrars is null)
                throw new MdmException(MdmErrorKind.AccessDenied, "Only hosts that this keystore's configuration names as registrars ask for others.");
        }
        var items = await ReadStoreAsync(table =>
        {
            var work = new KeyWork(table, role, _clock.GetUtcNow());
            return request.Keys.Select(id => work.Read(id, actsFor)).ToArray();
        }, cancellationToken).ConfigureAwait(false);
        Tell(KeystoreOperations.Read, role, request.Keys, k => items[k].Status, actsFor);
        return new ReadAnswer(items);
    }

    private async Task<ReserveAnswer> ReserveAsync(ReserveRequest request, CallerRole role, CancellationToken cancellationToken)
    {
        ReserveItem?[] Work(KeyTable table, bool mayWrite)
        {
            var work = new KeyWork(table, role, _clock.GetUtcNow());
            return [.. request.Keys.Select(id => work.Reserve(id, request.Ballot, request.IsForced, mayWrite))];
        }

        // What is there already costs no write.
        var items = await ReadStoreAsync(table => Work(table, mayWrite: false), cancellationToken).ConfigureAwait(false);
        if (items.Contains(null))
            items = await WriteStoreAsync(table => Work(table, mayWrite: true), cancellationToken).ConfigureAwait(false);
        Tell(KeystoreOperations.Reserve, role, request.Keys, k => items[k]!.Status);
        return new ReserveAnswer(items!);
    }

    private async Task<StatusAnswer> LeaveAsync(string operation, DepositRequest request, CallerRole role, Func<KeyWork, DepositItem, KeyRights, StatusItem> leave, CancellationToken cancellationToken)
    {
        var rights = request.Rights.Select(r => r.ToRights()).ToArray();
        return await EachAsync(operation, request.Keys, item => item.Id, role, (work, item) => leave(work, item, rights[item.Rights]), cancellationToken).ConfigureAwait(false);
    }

    private async Task<StatusAnswer> SetRightsAsync(RightsRequest request, CallerRole role, CancellationToken cancellationToken)
    {
        var rights = request.Rights.Select(r => r.ToRights()).ToArray();
        return await EachAsync(KeystoreOperations.Rights, request.Keys, item => item.Id, role, (work, item) => work.SetRights(item.Id, rights[item.Rights], request.Stamp, request.Expected), cancellationToken).ConfigureAwait(false);
    }

    private async Task<StatusAnswer> EachAsync<T>(string operation, IReadOnlyList<T> keys, Func<T, KeyId> idOf, CallerRole role, Func<KeyWork, T, StatusItem> act, CancellationToken cancellationToken)
    {
        var items = await WriteStoreAsync(table =>
        {
            var work = new KeyWork(table, role, _clock.GetUtcNow());
            return keys.Select(key => act(work, key)).ToArray();
        }, cancellationToken).ConfigureAwait(false);
        Tell(operation, role, [.. keys.Select(idOf)], k => items[k].Status);
        return new StatusAnswer(items);
    }

    private async Task<ListAnswer> ListAsync(ListRequest request, CallerRole role, CancellationToken cancellationToken)
    {
        if (!role.IsAdministrator && role.Registrars is null)
            throw new MdmException(MdmErrorKind.AccessDenied, "Only registrars and administrators list keys.");
        var page = await ReadStoreAsync(table =>
        {
            var listing = new Listing();
            var after = request.After;
            while (true)
            {
                var rows = table.Page(after, request.Limit);
                foreach (var row in rows)
                {
                    after = row.Id;
                    if ((role.IsAdministrator || role.Registered(row)) && !listing.TryAdd(row, request.Limit))
                        return listing.ToAnswer(hasMore: true);
                }
                if (rows.Count < request.Limit)
                    return listing.ToAnswer(hasMore: false);
            }
        }, cancellationToken).ConfigureAwait(false);
        _log.Listed(role.Caller, page.Keys.Count);
        return page;
    }

    private async Task<ListAnswer> DescribeAsync(ListRequest request, CallerRole role, CancellationToken cancellationToken)
    {
        var keys = request.Keys ?? throw new MdmException(MdmErrorKind.InvalidName, "Which keys?");
        var answer = await ReadStoreAsync(table =>
        {
            var listing = new Listing();
            foreach (var id in keys)
            {
                var row = table.Find(id);
                listing.Add(id, role.May(KeyRight.List, row) ? row : null);
            }
            return listing.ToAnswer(hasMore: false);
        }, cancellationToken).ConfigureAwait(false);
        // A name stands for many ids of which few exist: those that were told of, and how many were asked for.
        var found = keys.Where((_, k) => answer.Keys[k].Status == KeyStatus.Ok).ToArray();
        Tell(KeystoreOperations.Describe, role, found, _ => KeyStatus.Ok);
        _log.Described(role.Caller, found.Length, keys.Count);
        return answer;
    }

    private async Task<KeystoreStatus> StatusAsync(CallerRole role, CancellationToken cancellationToken)
    {
        // How much is kept here is nobody's business but theirs.
        var keys = role.IsAdministrator || role.Registrars is not null ? await ReadStoreAsync(table => table.CountKept(), cancellationToken).ConfigureAwait(false) : 0;
        return new KeystoreStatus("Medical Data Manager", keys, role.IsAdministrator, role.Registrars is not null, role.MayCreate);
    }

    private void Tell(string operation, CallerRole role, IReadOnlyList<KeyId> keys, Func<int, KeyStatus> statusOf, GridIdentity? actsFor = null)
    {
        for (var k = 0; k < keys.Count; k++)
        {
            if (actsFor is null)
                _log.Asked(role.Caller, operation, keys[k], statusOf(k));
            else
                _log.AskedFor(role.Caller, operation, keys[k], actsFor, statusOf(k));
        }
    }

    private Task<T> ReadStoreAsync<T>(Func<KeyTable, T> work, CancellationToken cancellationToken) =>
        StoreTrouble.ToldAsync(_store.ReadAsync(session => work(new KeyTable(session)), cancellationToken), Store);

    private Task<T> WriteStoreAsync<T>(Func<KeyTable, T> work, CancellationToken cancellationToken) =>
        StoreTrouble.ToldAsync(_store.WriteAsync(session => work(new KeyTable(session)), cancellationToken), Store);
}
