using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Client;
using Mdm.Client.Tests.Support;
using Mdm.Formats.Keystores;
using Mdm.Formats.Sealed;
using Mdm.Formats.Shares;
using Mdm.Gsi.Server;
using Mdm.Gsi.Trust;
using Mdm.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Cli.Tests;

/// <summary>Sealed files at the command line, over real grid TLS, with shares of their keys in three keystores.</summary>
public sealed class SealedSessionTests : IClassFixture<DemoGridFixture>, IAsyncLifetime, IDisposable
{
    private static readonly byte[] Plain = RandomNumberGenerator.GetBytes(SealedFormat.SegmentLength + 5000);
    private readonly DemoGridFixture _grid;
    private readonly TrustStore _trust;
    private readonly GridTlsServer _door;
    private readonly TemporaryDirectory _home = new();
    private readonly Dictionary<(KeyId Id, int Keystore), byte[]> _shares = [];
    private readonly HashSet<int> _stopped = [];
    private SrmDouble _srm = null!;

    public SealedSessionTests(DemoGridFixture grid)
    {
        _grid = grid;
        _trust = new TrustStore(new TrustOptions { CertificateDirectory = grid.Grid.Certificates, VomsDirectory = grid.Grid.VomsDirectory }, NullLogger<TrustStore>.Instance);
        _door = new GridTlsServer(new GridTlsServerOptions { CertificateFile = Path.Combine(grid.Root, "host", "hostcert.pem"), KeyFile = Path.Combine(grid.Root, "host", "hostkey.pem") }, _trust, NullLogger<GridTlsServer>.Instance);
    }

    public async Task InitializeAsync()
    {
        _srm = await SrmDouble.StartAsync(_door);
        _srm.Keystores = Shares;
        var endpoints = string.Join(',', Enumerable.Range(1, 3).Select(n => $"\"{Keystore(n)}\""));
        _srm.Announcement = """{"version":1,"keys":{"type":"hydra","properties":{"threshold":"2"},"endpoints":[""" + endpoints + "]}}";
        _srm.Add("/d/a.dcm", Seal(Plain));
    }

    public async Task DisposeAsync() => await _srm.DisposeAsync();

    public void Dispose()
    {
        _door.Dispose();
        _trust.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task Get_deciphers_with_one_of_three_keystores_stopped()
    {
        _stopped.Add(2);

        var (code, output, error) = await RunAsync("get", Surl("/d/a.dcm"), _home["a"]);

        code.Should().Be(ExitCode.Success, error);
        output.Should().StartWith($"fetched {_home["a"]} {Plain.Length} bytes deciphered, sealed {SealedFormat.SealedLength(Plain.Length)} bytes adler32 ").And.EndWith(" verified\n");
        (await File.ReadAllBytesAsync(_home["a"])).AsSpan().SequenceEqual(Plain).Should().BeTrue();
    }

    [Fact]
    public async Task Get_says_so_when_two_are_stopped_and_leaves_nothing_readable()
    {
        _stopped.UnionWith([1, 2]);

        var (code, _, error) = await RunAsync("get", Surl("/d/a.dcm"), _home["a"]);

        code.Should().Be(ExitCode.Unreachable);
        error.Should().StartWith("mdm: ");
        File.Exists(_home["a"]).Should().BeFalse();
    }

    [Fact]
    public async Task Who_may_not_have_the_key_is_denied()
    {
        _shares.Clear();

        (await RunAsync("get", Surl("/d/a.dcm"), _home["a"])).Code.Should().Be(ExitCode.Denied);
    }

    [Fact]
    public async Task Cat_writes_the_plaintext_or_the_sealed_bytes()
    {
        (await BytesAsync("cat", Surl("/d/a.dcm"))).AsSpan().SequenceEqual(Plain).Should().BeTrue();
        (await BytesAsync("cat", "--sealed", Surl("/d/a.dcm"))).AsSpan().SequenceEqual(_srm.Files["/d/a.dcm"].Bytes).Should().BeTrue();
    }

    [Fact]
    public async Task Decrypt_opens_what_was_fetched_sealed()
    {
        (await RunAsync("get", "--sealed", Surl("/d/a.dcm"), _home["a"])).Code.Should().Be(ExitCode.Success);
        (await File.ReadAllBytesAsync(_home["a"])).AsSpan().SequenceEqual(_srm.Files["/d/a.dcm"].Bytes).Should().BeTrue();

        (await BytesAsync("decrypt", "--host", Surl("/"), _home["a"], "-")).AsSpan().SequenceEqual(Plain).Should().BeTrue();
        (await RunAsync("decrypt", "--host", Surl("/"), _home["a"], _home["a"])).Error.Should().Contain("--in-place");
        var (code, output, error) = await RunAsync("decrypt", "--keystores", $"{Keystore(1)},{Keystore(3)};2", _home["a"], _home["b"]);
        code.Should().Be(ExitCode.Success, error);
        output.Should().Be($"deciphered {_home["b"]} {Plain.Length} bytes\n");
        (await RunAsync("decrypt", "--host", Surl("/"), _home["a"], _home["b"])).Code.Should().Be(ExitCode.Failed, "it is there");
        (await RunAsync("decrypt", "--host", Surl("/"), "--in-place", _home["a"])).Code.Should().Be(ExitCode.Success);

        foreach (var name in (string[])["a", "b"])
            (await File.ReadAllBytesAsync(_home[name])).AsSpan().SequenceEqual(Plain).Should().BeTrue();
        (await RunAsync("decrypt", "--host", Surl("/"), _home["a"], _home["c"])).Code.Should().Be(ExitCode.Failed, "it is not sealed");
    }

    [Fact]
    public async Task Decrypt_needs_to_know_where_the_keys_are()
    {
        await File.WriteAllBytesAsync(_home["a"], _srm.Files["/d/a.dcm"].Bytes);

        (await RunAsync("decrypt", _home["a"], _home["b"])).Error.Should().Contain("MDM_KEYSTORES");
    }

    private byte[] Seal(byte[] plain)
    {
        var id = new KeyId(RandomNumberGenerator.GetBytes(KeyId.Size));
        using var key = ContentKey.Create();
        foreach (var share in KeySplitter.Split(id, key.Bytes, 1, 2, 3))
            _shares[(id, share.Place)] = share.Bytes.ToArray();
        var target = new MemoryStream();
        using var sealing = new SealingStream(target, SealedHeader.Synthesize(key, id, plain.Length, SHA256.HashData(plain)), key);
        sealing.Write(plain);
        sealing.Complete();
        return target.ToArray();
    }

    private byte[]? Shares(string path, byte[] body)
    {
        var keystore = int.Parse(path.Split('/')[0], System.Globalization.CultureInfo.InvariantCulture);
        if (_stopped.Contains(keystore) || !path.EndsWith("/read", StringComparison.Ordinal))
            return null;
        var request = KeystoreWire.Read(body, KeystoreJson.Default.ReadRequest);
        var items = request.Keys.Select(id => _shares.TryGetValue((id, keystore), out var share) ? new ReadItem(KeyStatus.Ok, [share]) : new ReadItem(KeyStatus.None));
        return KeystoreWire.Write(new ReadAnswer([.. items]), KeystoreJson.Default.ReadAnswer);
    }

    private Uri Keystore(int number) => new($"https://localhost:{_srm.Port}/keystores/{number}");

    private string Surl(string path) => _srm.At(path).ToString();

    private Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) => Command.RunAsync(_grid.As("researcher"), arguments);

    private async Task<byte[]> BytesAsync(params string[] arguments)
    {
        var bytes = new MemoryStream();
        using var error = new StringWriter();
        var terminal = new Terminal(TextWriter.Null, error, null, () => _grid.As("researcher")) { Bytes = () => bytes };
        (await MdmCommand.RunAsync(arguments, terminal)).Should().Be(ExitCode.Success, error.ToString());
        return bytes.ToArray();
    }
}
