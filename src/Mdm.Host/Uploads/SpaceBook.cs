using System.Buffers.Text;
using System.Security.Cryptography;
using Mdm.Host.Publication;
using Mdm.Host.Requests;

namespace Mdm.Host.Uploads;

/// <summary>Areas as callers may know and carve them.</summary>
internal sealed class SpaceBook(UploadStore store, PutPlaces places, EntryRemoval removal, ObjectEraser eraser, TimeProvider time)
{
    /// <summary>Longest description that is kept.</summary>
    public const int MaxDescriptionLength = 256;

    /// <summary>Random bytes of a token.</summary>
    private const int TokenBytes = 12;

    /// <summary>Files of a space that are removed with it, in one go.</summary>
    private const int AtOnce = 200;

    /// <summary>Longest life of a reservation, and its life when the caller names no time.</summary>
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(365), DefaultLife = TimeSpan.FromDays(1);

    /// <summary>Spaces that the caller may use, of a description when one is given.</summary>
    public async Task<List<Space>> FindAsync(GridIdentity caller, string? description, CancellationToken cancellationToken) =>
        (await store.Spaces.VisibleAsync(caller.Subject, cancellationToken)).FindAll(space => IsUsable(space, caller) && (string.IsNullOrEmpty(description) || space.Description == description || space.Token == description));

    /// <summary>Spaces by their tokens; null for those that are not there, or not the caller's to use.</summary>
    public async Task<List<Space?>> FindAsync(GridIdentity caller, IReadOnlyList<string> tokens, CancellationToken cancellationToken) =>
        (await store.Spaces.FindAsync(tokens, cancellationToken)).ConvertAll(space => space is not null && IsUsable(space, caller) ? space : null);

    /// <summary>How long files in a space live; null for without end.</summary>
    public TimeSpan? FileLifetimeOf(Space space) => places.Area(space.Area ?? space.Token)?.FileLifetime;

    /// <summary>Carves a space of the caller's own out of the first area that has the room.</summary>
    /// <param name="caller">Whose it will be.</param>
    /// <param name="description">How he finds it again; it may be an area's name, which is taken then.</param>
    /// <param name="total">Bytes that are wanted.</param>
    /// <param name="guaranteed">Bytes that are enough.</param>
    /// <param name="life">How long it is to be.</param>
    /// <param name="cancellationToken">Ends the looking.</param>
    /// <exception cref="MdmException">NoSpace; Unsupported: he may carve nothing; Refused: a limit.</exception>
    public async Task<Space> ReserveAsync(GridIdentity caller, string? description, long total, long guaranteed, Lifetime life, CancellationToken cancellationToken)
    {
        if (description?.Length > MaxDescriptionLength)
            throw new MdmException(MdmErrorKind.Refused, $"A space's description has at most {MaxDescriptionLength} characters.");
        var areas = places.Areas.Where(area => area.Value.Reservable && places.MayUse(area.Key, caller)).Select(area => area.Key).Order(StringComparer.Ordinal).ToList();
        if (areas.Count == 0)
            throw new MdmException(MdmErrorKind.Unsupported, "There is no area here out of which you may reserve; put files without a reservation, or ask the administrator.");
        if (description is not null && areas.Contains(description))
            areas = [description];
        cancellationToken.ThrowIfCancellationRequested();
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        MdmException? full = null;
        foreach (var area in areas)
        {
            try
            {
                return await store.Spaces.CarveAsync(
                    new Space(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes)), area, caller.Subject, description, total, 0, now, now + life.Within(DefaultLife, LongestLife)), guaranteed);
            }
            catch (MdmException none) when (none.Kind == MdmErrorKind.NoSpace)
            {
                full = none;
            }
        }
        throw full!;
    }

    /// <summary>Gives a space back: what is in it stays, in its area, unless it is to go.</summary>
    /// <exception cref="MdmException">NotFound; AccessDenied: somebody else's; Refused: configured; Busy: files are in it and are not to go.</exception>
    public async Task ReleaseAsync(GridIdentity caller, string token, bool removesFiles, CancellationToken cancellationToken)
    {
        var space = (await store.Spaces.FindAsync([token], cancellationToken))[0] ?? throw new MdmException(MdmErrorKind.NotFound, $"There is no space {token}.");
        if (space.Owner is not { } owner)
            throw new MdmException(MdmErrorKind.Refused, $"{token} is an area of the configuration; it is not released.");
        if (owner != caller.Subject)
            throw new MdmException(MdmErrorKind.AccessDenied, $"Space {token} was reserved by somebody else.");
        while (removesFiles && await store.Spaces.FilesAsync(token, AtOnce, cancellationToken) is { Count: > 0 } files)
        {
            foreach (var file in files)
                await store.LeavingAsync(file, time.GetUtcNow());
            await removal.RemoveAsync(files, cancellationToken);
            await eraser.EraseSoonAsync();
        }
        await store.Spaces.DissolveAsync(token);
    }

    private bool IsUsable(Space space, GridIdentity caller) => places.MayUse(space.Area ?? space.Token, caller) && (space.Owner is null || space.Owner == caller.Subject);
}
