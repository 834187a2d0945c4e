using Mdm.Abstractions;
using Mdm.Plugins.Amga.Sessions;
using Mdm.Plugins.Amga.Store;

namespace Mdm.Plugins.Amga.Rights;

/// <summary>Tells who logs in, by the table of users and the certificate.</summary>
internal sealed class Accounts(AmgaStore store, AmgaOptions options) : IAccounts, IDisposable
{
    private const string VoPrefix = "vo:";

    // One derivation takes a good part of a second: guessing many at once is not offered.
    private readonly SemaphoreSlim _deriving = new(2, 2);

    // What a password of nobody is compared with, so that the time tells nothing of who exists.
    private readonly Lazy<string> _nobodys = new(static () => PasswordHash.Of("nobody's"));

    public async ValueTask<Principal> LogInAsync(Login login, GridIdentity? caller, CancellationToken cancellationToken)
    {
        var name = login.User is null or "" or "NULL" ? null : login.User;
        if (caller is not null && name?.StartsWith(VoPrefix, StringComparison.Ordinal) == true)
            (caller, name) = (First(caller, name[VoPrefix.Length..]), null);
        if (caller is null)
            return await ByPasswordAsync(name, login.Password, cancellationToken).ConfigureAwait(false);
        return await store.ReadAsync(work =>
        {
            var subject = caller.Subject.ToString();
            var known = work.Session.Query("SELECT name FROM subjects WHERE subject = $1", static row => row.GetString(0), subject);
            var mine = work.Principals.Of(work.Session, known.Count == 0 ? subject : known[0], caller);
            if (name is null || name == mine.User || name == subject)
                return mine;
            // Root stands for no certificate, but administrators may be it.
            return name == Principals.Root && mine.IsRoot
                ? work.Principals.Of(work.Session, name, caller)
                : throw new AmgaException(AmgaError.PermissionDenied, "The certificate does not belong to that user; log in as NULL to be whom it names, or have user_subject_add done.");
        }, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => _deriving.Dispose();

    private static GridIdentity First(GridIdentity caller, string text)
    {
        if (!Fqan.TryParse(text, out var fqan) || !caller.Holds(fqan))
            throw new AmgaException(AmgaError.PermissionDenied, "The proxy does not hold that attribute; ask voms-proxy-init for it.");
        return caller with { Fqans = [fqan, .. caller.Fqans.Where(other => other != fqan)] };
    }

    private async Task<Principal> ByPasswordAsync(string? name, string? password, CancellationToken cancellationToken)
    {
        if (!options.AllowPasswords)
            throw new AmgaException(AmgaError.PermissionDenied, "A grid certificate is needed; passwords do not count here (AllowPasswords).");
        if (name is null || password is null)
            throw new AmgaException(AmgaError.PermissionDenied, "A user name and password, or a grid certificate, are needed.");
        var kept = await store.ReadAsync(work => work.Session.Scalar<string>("SELECT password FROM users WHERE name = $1", name), cancellationToken).ConfigureAwait(false);
        await _deriving.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!PasswordHash.Matches(password, kept ?? _nobodys.Value) || kept is null)
                throw new AmgaException(AmgaError.PermissionDenied, "The user name or password is wrong.");
        }
        finally
        {
            _deriving.Release();
        }
        return await store.ReadAsync(work => work.Principals.Of(work.Session, name, null), cancellationToken).ConfigureAwait(false);
    }
}
