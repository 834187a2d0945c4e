namespace Mdm.Host.Orders;

/// <summary>Nothing new is begun; what is under way ends.</summary>
/// <param name="Archive">Which archive nothing is asked of; null for the host itself, which takes no new requests.</param>
/// <param name="Reason">For callers and other administrators.</param>
/// <param name="By">Who ordered it.</param>
/// <param name="Since">When.</param>
internal sealed record Drain(string? Archive, string Reason, string By, DateTimeOffset Since);
