using Mdm.Host.Access;
using Mdm.Host.Metadata;

namespace Mdm.Host.Administration;

/// <summary>Compares the metadata with the catalogue: a line for each finding, and one at the end that counts them.</summary>
internal sealed class RowsDoor(RowReconciler reconciler, AdministratorGate gate, AuditTrail audit)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/admin/metadata/reconciliations", ReconcileAsync);

    private Task ReconcileAsync(HttpContext context) => gate.GuardAsync(context, async caller =>
    {
        var order = await OrderJson.ReadAsync<ReconcileOrder>(context, "{\"mend\": true or false}");
        audit.Administered(caller, order.Mend ? "reconcile metadata, mend" : "reconcile metadata");
        var (findings, mended) = (0, 0);
        await foreach (var finding in reconciler.RunAsync(order.Mend, context.RequestAborted))
        {
            findings++;
            mended += finding.IsMended ? 1 : 0;
            await OrderJson.WriteLineAsync(context, new FindingLine(finding.Drift, finding.Collection.ToString(), finding.File.ToString(), finding.IsMended));
        }
        var (pending, since) = await reconciler.BacklogAsync(context.RequestAborted);
        await OrderJson.WriteLineAsync(context, new Summary(findings, mended, pending, since));
    });

    private sealed record ReconcileOrder(bool Mend)
    {
        public ReconcileOrder()
            : this(false)
        {
        }
    }

    private sealed record FindingLine(RowDrift Drift, string Collection, string File, bool IsMended);

    /// <summary>The last line. Pending: changes that the metadata has not been told of yet, and since when.</summary>
    private sealed record Summary(int Findings, int Mended, long Pending, DateTimeOffset? PendingSince);
}
