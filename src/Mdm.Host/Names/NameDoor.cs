using Mdm.Formats.Names;
using Mdm.Host.Access;
using Mdm.Host.Keys;
using Mdm.Host.Metadata;

namespace Mdm.Host.Names;

/// <summary>The name space as the users of a file catalogue know it, over HTTP: each call is one of <see cref="NameSpace"/>, or a removal as srmRm makes it, by the caller's own rights.</summary>
internal sealed class NameDoor(NameSpace names, IUserRemoval removal, SearchAdmission admission, NameGate gate, ContentKeys? keys = null)
{
    /// <summary>How long an answer waits for what follows the catalogue's rights; as long as that of srmSetPermission.</summary>
    private static readonly TimeSpan SettlingWait = TimeSpan.FromSeconds(3);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(NamesWire.Root + NamesWire.Stat, (RequestDelegate)(context => gate.ServeAsync(context, NamesJson.Default.StatQuestion, NamesJson.Default.WireEntry, StatAsync)));
        routes.MapPost(NamesWire.Root + NamesWire.List, (RequestDelegate)(context => gate.ServeAsync(context, NamesJson.Default.ListQuestion, NamesJson.Default.EntriesAnswer, ListAsync)));
        routes.MapPost(NamesWire.Root + NamesWire.Acl, (RequestDelegate)(context => gate.ServeAsync(context, NamesJson.Default.AclQuestion, NamesJson.Default.ChangeAnswer, SetAclAsync)));
        routes.MapPost(NamesWire.Root + NamesWire.Owner, (RequestDelegate)(context => gate.ServeAsync(context, NamesJson.Default.OwnerQuestion, NamesJson.Default.ChangeAnswer, SetOwnerAsync)));
        routes.MapPost(NamesWire.Root + NamesWire.Link, (RequestDelegate)(context => gate.ServeAsync(context, NamesJson.Default.LinkQuestion, NamesJson.Default.WireEntry, LinkAsync)));
        routes.MapPost(NamesWire.Root + NamesWire.Comment, (RequestDelegate)(context => gate.ServeAsync(context, NamesJson.Default.CommentQuestion, NamesJson.Default.WireEntry, SetCommentAsync)));
        routes.MapPost(NamesWire.Root + NamesWire.Remove, (RequestDelegate)(context => gate.ServeAsync(context, NamesJson.Default.RemoveQuestion, NamesJson.Default.RemoveAnswer, RemoveAsync)));
        routes.MapPost(NamesWire.Root + NamesWire.Right, (RequestDelegate)(context => gate.ServeAsync(context, NamesJson.Default.RightQuestion, NamesJson.Default.ChangeAnswer, SetRightAsync)));
    }

    private async ValueTask<ChangeAnswer> SetRightAsync(GridIdentity caller, RightQuestion question, CancellationToken cancellationToken)
    {
        var edit = RightEdit.Parse(question, admission);
        return await SettledAsync(caller, await names.SetRightsAsync(caller, await PathAsync(caller, question.Entry, cancellationToken), edit.ApplyTo, cancellationToken), cancellationToken);
    }

    private async ValueTask<WireEntry> StatAsync(GridIdentity caller, StatQuestion question, CancellationToken cancellationToken) =>
        EntryOnWire.Of(await EntryAsync(caller, question.Entry, question.Follow, cancellationToken), caller, keys);

    private async ValueTask<EntriesAnswer> ListAsync(GridIdentity caller, ListQuestion question, CancellationToken cancellationToken)
    {
        if (question.Limit is < 1 or > NamesLimits.MaxListed)
            throw new MdmException(MdmErrorKind.InvalidName, $"A page has 1 to {NamesLimits.MaxListed} entries.");
        var directory = await names.StatAsync(caller, StoragePath.Parse(question.Path), followLast: true, cancellationToken);
        if (directory.Kind != CatalogEntryKind.Directory)
            throw new MdmException(MdmErrorKind.NotADirectory, $"{directory.Path} is not a directory.");
        var children = await names.ListAsync(caller, directory, question.After, 0, question.Limit, cancellationToken);
        var (page, text) = (new List<WireEntry>(children.Count), 0);
        foreach (var child in children)
        {
            // At least one, however long its rights are.
            if (text > NamesLimits.MaxTextPerPage)
                break;
            page.Add(EntryOnWire.Of(child, caller, keys));
            text += EntryOnWire.TextOf(page[^1]);
        }
        return new EntriesAnswer(page, page.Count == children.Count && children.Count < question.Limit);
    }

    private async ValueTask<ChangeAnswer> SetAclAsync(GridIdentity caller, AclQuestion question, CancellationToken cancellationToken)
    {
        var edit = AclEdit.Parse(question);
        return await SettledAsync(caller, await names.SetAclAsync(caller, await PathAsync(caller, question.Entry, cancellationToken), edit.ApplyTo, cancellationToken), cancellationToken);
    }

    private async ValueTask<ChangeAnswer> SetOwnerAsync(GridIdentity caller, OwnerQuestion question, CancellationToken cancellationToken)
    {
        if (question is { Owner: null, Group: null })
            throw new MdmException(MdmErrorKind.InvalidName, "Neither an owner nor a group is named; name at least one.");
        var (owner, group) = (question.Owner is null ? null : DistinguishedName.Parse(question.Owner), question.Group is null ? null : Fqan.Parse(question.Group));
        return await SettledAsync(caller, await names.SetOwnerAsync(caller, await PathAsync(caller, question.Entry, cancellationToken), owner, group, cancellationToken), cancellationToken);
    }

    private async ValueTask<WireEntry> LinkAsync(GridIdentity caller, LinkQuestion question, CancellationToken cancellationToken) =>
        EntryOnWire.Of(await names.LinkAsync(caller, StoragePath.Parse(question.Target), StoragePath.Parse(question.Link), cancellationToken), caller, keys);

    private async ValueTask<WireEntry> SetCommentAsync(GridIdentity caller, CommentQuestion question, CancellationToken cancellationToken) =>
        EntryOnWire.Of(await names.SetCommentAsync(caller, await PathAsync(caller, question.Entry, cancellationToken), question.Comment, cancellationToken), caller, keys);

    private async ValueTask<RemoveAnswer> RemoveAsync(GridIdentity caller, RemoveQuestion question, CancellationToken cancellationToken)
    {
        var gone = await removal.RemoveAsync(caller, await PathAsync(caller, question.Entry, cancellationToken), cancellationToken);
        return new RemoveAnswer(await names.HaveRightsSettledAsync(gone, SettlingWait, cancellationToken));
    }

    private async ValueTask<ChangeAnswer> SettledAsync(GridIdentity caller, CatalogEntry changed, CancellationToken cancellationToken) =>
        new(EntryOnWire.Of(changed, caller, keys), await names.HaveRightsSettledAsync(changed, SettlingWait, cancellationToken));

    private ValueTask<CatalogEntry> EntryAsync(GridIdentity caller, WireName name, bool follow, CancellationToken cancellationToken) => name switch
    {
        { Path: { } path, Id: null } => names.StatAsync(caller, StoragePath.Parse(path), follow, cancellationToken),
        { Path: null, Id: { } id } => names.FindAsync(caller, FileId.Parse(id), cancellationToken),
        _ => throw new MdmException(MdmErrorKind.InvalidName, "An entry is named by its path or by its id, one of the two."),
    };

    private async ValueTask<StoragePath> PathAsync(GridIdentity caller, WireName name, CancellationToken cancellationToken) =>
        name is { Path: { } path, Id: null } ? StoragePath.Parse(path) : (await EntryAsync(caller, name, follow: false, cancellationToken)).Path;
}
