namespace Mdm.Cli.Demo;

/// <summary>Somebody on the demo grid.</summary>
/// <param name="Name">The folder below <c>users/</c>.</param>
/// <param name="CommonName">The last part of the subject.</param>
/// <param name="Vo">The virtual organisation; null for somebody who is in none.</param>
/// <param name="Fqans">Attributes as a VOMS server writes them; the first is the primary one.</param>
/// <param name="About">A few words for people.</param>
/// <param name="HasOtherProxies">True for one who also gets the other kinds of proxies.</param>
internal sealed record DemoUser(string Name, string CommonName, string? Vo, IReadOnlyList<string> Fqans, string About, bool HasOtherProxies = false);
