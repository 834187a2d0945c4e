using System.Text.Json;
using Mdm.Host.Access;

namespace Mdm.Host.Publication;

/// <summary>What a withdrawal did.</summary>
/// <param name="Files">Files that went, in all publications.</param>
/// <param name="KeysDestroyed">True when the keystores have confirmed that nobody gets their keys any more; false while some are still to be told, which goes on by itself.</param>
internal sealed record WithdrawalResult(int Files, bool KeysDestroyed);

/// <summary>
/// Withdraws a patient from every publication: entries, staged files, rows and keys go, and no scan brings them back. The archive is not asked, so it works while it is down; objects
/// that it lists for the first time later are left out by the scan.
/// </summary>
internal sealed class Withdrawal(PublicationLedger ledger, PublishedIds ids, EntryRemoval removal, IRightsFollower follower, AdministratorGate gate, AuditTrail audit, TimeProvider time)
{
    /// <summary>Longest body of an order, in bytes.</summary>
    public const int MaxBody = 1024;

    /// <summary>Longest Patient ID (PS3.5 6.2: LO has 64 characters).</summary>
    public const int MaxPatientLength = 64;

    private const int Page = 500;

    /// <summary>How long the keystores' confirmation is waited for.</summary>
    private static readonly TimeSpan KeysWait = TimeSpan.FromSeconds(20);

    public Task WithdrawAsync(HttpContext context) => gate.GuardAsync(context, async caller =>
    {
        var patient = await PatientOfAsync(context);
        var result = await WithdrawAsync(patient, caller, context.RequestAborted);
        await context.Response.WriteAsJsonAsync(result, PublicationDoor.Json, context.RequestAborted);
    });

    public Task LiftAsync(HttpContext context) => gate.GuardAsync(context, async caller =>
    {
        var patient = await PatientOfAsync(context);
        if (!await ledger.LiftAsync(patient, context.RequestAborted))
            throw new MdmException(MdmErrorKind.NotFound, "That patient is not withdrawn.");
        audit.Administered(caller, $"lift the withdrawal of patient {Mark(patient)}");
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    });

    /// <summary>Carries a withdrawal out; interrupted and ordered again, it goes on.</summary>
    public async Task<WithdrawalResult> WithdrawAsync(byte[] patient, GridIdentity by, CancellationToken cancellationToken)
    {
        // First the mark: a scan that runs meanwhile takes back what it has just created.
        await ledger.WithdrawAsync(patient, by, cancellationToken);
        var (files, after) = (new List<FileId>(), default(FileId));
        while (true)
        {
            var page = await ledger.FilesOfAsync(patient, after, Page, cancellationToken);
            if (page.Count == 0)
                break;
            await removal.RemoveAsync(page, cancellationToken);
            files.AddRange(page);
            after = page[^1];
        }
        var destroyed = await AreKeysGoneAsync(files, cancellationToken);
        audit.Withdrawn(by, Mark(patient), files.Count, destroyed ? "keys destroyed" : "keys still to be destroyed");
        return new WithdrawalResult(files.Count, destroyed);
    }

    private async Task<bool> AreKeysGoneAsync(List<FileId> files, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(KeysWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            foreach (var file in files)
                await follower.SettledAsync(file, either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<byte[]> PatientOfAsync(HttpContext context)
    {
        try
        {
            var order = JsonSerializer.Deserialize<WithdrawalOrder>(await AdministratorGate.ReadBodyAsync(context, MaxBody), PublicationDoor.Json);
            if (order?.Patient?.Trim() is { Length: > 0 and <= MaxPatientLength } patient)
                return ids.OfPatient(patient);
        }
        catch (JsonException)
        {
            // Told below, without what was sent: it may name a patient.
        }
        throw new MdmException(MdmErrorKind.InvalidName, $"A withdrawal is a JSON object with \"patient\", a Patient ID of 1 to {MaxPatientLength} characters, and nothing else.");
    }

    // Part of the keyed hash: tells an auditor which orders were about the same patient, and nothing else.
    private static string Mark(byte[] patient) => Convert.ToHexStringLower(patient.AsSpan(0, 8));

    private sealed record WithdrawalOrder(string? Patient);
}
