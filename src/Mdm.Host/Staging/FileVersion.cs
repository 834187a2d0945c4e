using Mdm.Host.Configuration;

namespace Mdm.Host.Staging;

/// <summary>A version of a file as it is to be staged.</summary>
/// <param name="Name">A hash of all that decides its bytes besides the object.</param>
/// <param name="Delivery">How it is delivered.</param>
/// <param name="Key">The key that seals it.</param>
internal sealed record FileVersion(string Name, Delivery Delivery, KeyId Key);
