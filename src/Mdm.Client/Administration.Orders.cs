using System.Text.Json;

namespace Mdm.Client;

/// <content>Orders that hold until they are taken back: bans.</content>
public sealed partial class Administration
{
    /// <summary>Who is banned: a line for each, with reason, who ordered it, and since when.</summary>
    /// <exception cref="SrmException">The host refused, or cannot be reached.</exception>
    public IAsyncEnumerable<JsonElement> BansAsync(CancellationToken cancellationToken) => LinesAsync<object>("admin/bans", null, "The bans were not shown", cancellationToken);

    /// <summary>Bans somebody, or a whole group, from this moment on: what he has open is cut off, what he has queued ends.</summary>
    /// <param name="whom">A subject, or a VOMS attribute with all groups and roles below it.</param>
    /// <param name="reason">For other administrators.</param>
    /// <param name="until">When it ends by itself; null for never.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="SrmException">The host refused, or cannot be reached.</exception>
    public async Task BanAsync(string whom, string reason, DateTimeOffset? until, CancellationToken cancellationToken)
    {
        using var response = await PostAsync("admin/bans", new BanRequest(whom, reason, until), $"{whom} was not banned", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lifts a ban.</summary>
    /// <exception cref="SrmException">There is none; the host refused, or cannot be reached.</exception>
    public async Task LiftBanAsync(string whom, CancellationToken cancellationToken)
    {
        using var response = await PostAsync("admin/bans/lift", new LiftRequest(whom), "The ban was not lifted", cancellationToken).ConfigureAwait(false);
    }

    private sealed record BanRequest(string Whom, string Reason, DateTimeOffset? Until);

    private sealed record LiftRequest(string Whom);
}
