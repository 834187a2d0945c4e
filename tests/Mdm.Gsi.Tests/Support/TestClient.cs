using Mdm.Gsi.Client;
using Mdm.Gsi.Issuing;

namespace Mdm.Gsi.Tests.Support;

/// <summary>Asks a door who is calling, with our own client.</summary>
internal static class TestClient
{
    public static async Task<string> WhoAsync(this TestDoor door, IssuedCredential? credential, string scheme = "httpg", bool delegates = false)
    {
        using var presented = credential is null ? null : GridCredential.From(credential);
        using var client = new GridTlsClient(door.Trust);
        using var http = new HttpClient(GridHttp.CreateHandler(client, presented, delegates));
        return await http.GetStringAsync(new Uri($"{scheme}://localhost:{door.Port}/who"));
    }
}
