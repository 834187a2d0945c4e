using Mdm.Host.Publication;
using Mdm.Host.Requests;

namespace Mdm.Host.Uploads;

/// <summary>Which space a put takes its room from, and how long what is in it lives.</summary>
internal sealed class SpaceChoice(UploadStore store, PutPlaces publications)
{
    /// <summary>The space for a file; null where the publication has no areas.</summary>
    /// <exception cref="MdmException">InvalidName: there is no such space, or the publication does not use it; AccessDenied: the caller may not use it.</exception>
    public async Task<string?> ForAsync(PublicationPlan plan, GridIdentity caller, string? asked, CancellationToken cancellationToken)
    {
        var areas = publications.AreasOf(plan, caller);
        if (string.IsNullOrEmpty(asked))
        {
            return areas is [{ } first, ..] ? first
                : plan.Options.Put!.Areas.Count == 0 ? null
                : throw new MdmException(MdmErrorKind.AccessDenied, $"You may use none of the areas below {plan.Options.Root} ({string.Join(", ", plan.Options.Put.Areas)}); ask their administrator.");
        }
        var space = (await store.Spaces.FindAsync([asked], cancellationToken))[0];
        var area = space?.Area ?? space?.Token;
        if (space is null || !plan.Options.Put!.Areas.Contains(area!, StringComparer.Ordinal))
            throw new MdmException(MdmErrorKind.InvalidName, $"There is no space {asked} for files below {plan.Options.Root}; leave it out, or name one of those that srmGetSpaceTokens tells of.");
        if (!publications.MayUse(area!, caller) || (space.Owner is { } owner && owner != caller.Subject))
            throw new MdmException(MdmErrorKind.AccessDenied, $"You may not use space {asked}; ask its owner, or its administrator.");
        return space.Token;
    }

    /// <summary>How long a file in a space lives; null for without end.</summary>
    public async Task<TimeSpan?> LifetimeAsync(string? token, Lifetime asked, CancellationToken cancellationToken)
    {
        var space = token is null ? null : (await store.Spaces.FindAsync([token], cancellationToken))[0];
        var longest = space is null ? null : publications.Area(space.Area ?? space.Token)?.FileLifetime;
        TimeSpan? wanted = asked.Seconds > 0 ? TimeSpan.FromSeconds(asked.Seconds.Value) : null;
        return wanted is null || longest < wanted ? longest : wanted;
    }
}
