using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Formats.Keystores;
using Mdm.Plugins.Hydra.Keystore;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Plugins.Hydra.Tests.Support;

/// <summary>Keystores in this process: the real service and store, and a wire between that loses what it is told to lose.</summary>
internal sealed class Keystores : IAsyncDisposable
{
    public static readonly GridIdentity Host = new(DistinguishedName.Parse("/DC=org/CN=se1"));
    public static readonly GridIdentity SecondHost = new(DistinguishedName.Parse("/DC=org/CN=se2"));
    public static readonly GridIdentity OtherHost = new(DistinguishedName.Parse("/DC=org/CN=elsewhere"));
    public static readonly GridIdentity Administrator = new(DistinguishedName.Parse("/DC=org/CN=Admin"));

    /// <summary>What is lost is known to be lost at once, so whoever is waited for answers: how many keystores a message reached is then no question of pace.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TemporaryDirectory _home = new();
    private readonly List<KeystoreService> _services = [];

    private Keystores()
    {
    }

    public IReadOnlyList<Uri> Addresses => [.. Enumerable.Range(1, _services.Count).Select(i => new Uri($"https://keys{i}.example:8443/services/keys"))];

    /// <summary>Keystores that do not answer.</summary>
    public HashSet<int> Down { get; } = [];

    public static Keystores Start(int count)
    {
        var keystores = new Keystores();
        for (var i = 0; i < count; i++)
            keystores.Add();
        return keystores;
    }

    public void Add() => _services.Add(KeystoreService.Open(
        new KeystoreOptions
        {
            Store = TestStores.At(_home.Path, $"keys{_services.Count}"),
            Registrars = new() { ["site"] = [Host.Subject, SecondHost.Subject], ["elsewhere"] = [OtherHost.Subject] },
            Administrators = [Administrator.Subject.ToString()],
            Creators = [$"/{TestGrid.Vo}"],
        },
        new Context(_home.Path)));

    /// <summary>A group as that caller sees it.</summary>
    public KeystoreGroup Group(GridIdentity caller, int threshold, Wire? wire = null, IEnumerable<int>? members = null, Action<KeystoreFinding>? found = null)
    {
        var http = new HttpMessageInvoker(new Line(this, caller, wire ?? new Wire()));
        return new KeystoreGroup((members ?? Enumerable.Range(0, _services.Count)).Select(i => new KeystoreClient(http, Addresses[i])), threshold, new KeystoreGroupOptions { TimeLimit = Patience, Grace = Patience, Found = found });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services)
            await service.DisposeAsync();
        _home.Dispose();
    }

    private sealed class Line(Keystores keystores, GridIdentity caller, Wire wire) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var number = keystores.Addresses.ToList().FindIndex(a => a.Authority == request.RequestUri!.Authority);
            var body = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
            await Task.Yield();
            if (keystores.Down.Contains(number) || wire.LosesRequest(number))
                throw new HttpRequestException("lost on the way");
            var context = new DefaultHttpContext();
            context.Request.Method = "POST";
            context.Request.Path = request.RequestUri!.AbsolutePath["/services/keys".Length..];
            context.Request.Body = new MemoryStream(body);
            var answer = new MemoryStream();
            context.Response.Body = answer;
            try
            {
                await keystores._services[number].HandleAsync(context, caller);
            }
            catch (MdmException e)
            {
                return new HttpResponseMessage(e.Kind == MdmErrorKind.AccessDenied ? HttpStatusCode.Forbidden : HttpStatusCode.BadRequest) { Content = new StringContent(e.Message) };
            }
            if (wire.LosesAnswer(number))
                throw new HttpRequestException("lost on the way back");
            var response = new HttpResponseMessage((HttpStatusCode)context.Response.StatusCode) { Content = new ByteArrayContent(answer.ToArray()) };
            response.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            return response;
        }
    }

    private sealed class Context(string directory) : PluginContext
    {
        public override string InstanceName => "keys";

        public override ILoggerFactory LoggerFactory => NullLoggerFactory.Instance;

        public override TimeProvider TimeProvider => TimeProvider.System;

        public override string BaseDirectory => directory;

        public override ValueTask<Stream> ConnectAsync(Uri endpoint, IGridCredential? credential, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}

/// <summary>What becomes of messages.</summary>
internal class Wire
{
    public virtual bool LosesRequest(int keystore) => false;

    public virtual bool LosesAnswer(int keystore) => false;
}

/// <summary>Everything after so many messages is lost: the client was killed there, and what was under way arrives or does not.</summary>
internal sealed class CutWire(int after) : Wire
{
    private int _sent;

    public bool WasCut => Volatile.Read(ref _sent) > after;

    public override bool LosesRequest(int keystore) => Interlocked.Increment(ref _sent) > after;

    public override bool LosesAnswer(int keystore) => Volatile.Read(ref _sent) > after;
}

/// <summary>Every message may be lost, either way.</summary>
internal sealed class BadWire(int percent) : Wire
{
    public override bool LosesRequest(int keystore) => RandomNumberGenerator.GetInt32(100) < percent;

    public override bool LosesAnswer(int keystore) => RandomNumberGenerator.GetInt32(100) < percent;
}
