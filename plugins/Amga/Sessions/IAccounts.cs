using Mdm.Abstractions;

namespace Mdm.Plugins.Amga.Sessions;

/// <summary>What a client sends to log in (login block of the protocol); what it left out is null.</summary>
/// <param name="User">A name, <c>vo:/fqan</c>, or <c>NULL</c> to be whom the certificate names.</param>
/// <param name="PermissionMask">Owner bits that new things get, as <c>rwx</c>.</param>
/// <param name="GroupMask">Group bits that new things get.</param>
/// <param name="Directory">Where the session begins.</param>
/// <param name="Password">For who has no certificate.</param>
internal sealed record Login(string? User, string? PermissionMask, string? GroupMask, string? Directory, string? Password)
{
    /// <summary>Without the password.</summary>
    public override string ToString() => User ?? "(nobody)";
}

/// <summary>Tells who logs in.</summary>
internal interface IAccounts
{
    /// <param name="login">What he says.</param>
    /// <param name="caller">What his certificate says; null without TLS or without one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AmgaException"><see cref="AmgaError.PermissionDenied"/>, <see cref="AmgaError.NoSuchUser"/>.</exception>
    ValueTask<Principal> LogInAsync(Login login, GridIdentity? caller, CancellationToken cancellationToken);
}
