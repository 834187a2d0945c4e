using System.Net;
using Mdm.Abstractions.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Acme.Pacs.Tests;

/// <summary>What goes wrong at the archive.</summary>
internal enum ArchiveFaultKind
{
    None,
    Busy,
    ShortFile,
    HalfIndex,
}

/// <summary>The archive, in this process and on a free port of the loopback.</summary>
internal sealed class ArchiveServer : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("acme").FullName;
    private readonly QuietContext _context;
    private WebApplication? _app;

    public ArchiveServer() => _context = new QuietContext(_folder);

    /// <summary>What of the archive says who a patient is.</summary>
    public static IReadOnlyList<string> Marks { get; } = ["Wolkenstein", "PAT-4711"];

    public IReadOnlyList<KnownObject> Known { get; } =
    [
        .. Enumerable.Range(1, 3).Select(number => KnownObject.Of($"1.2/3.4/{number}", "application/dicom", BytesOf(number))),
    ];

    public ArchiveFaultKind Fault { get; set; }

    /// <summary>A backend on this archive.</summary>
    public PacsBackend Open(Uri address) => new(new PacsOptions { Address = address, Timeout = TimeSpan.FromMinutes(1) }, _context);

    /// <summary>Its address, once it answers.</summary>
    public async Task<Uri> StartedAsync()
    {
        if (_app is null)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            _app = builder.Build();
            _app.MapGet("/archive/objects", IndexAsync);
            _app.MapGet("/archive/objects/{**id}", EntryAsync);
            _app.MapGet("/archive/files/{**id}", FileAsync);
            await _app.StartAsync();
        }
        return new Uri(_app.Urls.Single() + "/archive/");
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
        _context.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static byte[] BytesOf(int number) => [.. Enumerable.Range(0, 5_000 * number).Select(i => (byte)(i * number))];

    private static string EntryOf(KnownObject known) =>
        $$"""{ "id": "{{known.Id.Value}}", "type": "{{known.MediaType}}", "length": {{known.Length}}, "attributes": { "Modality": { "vr": "CS", "values": [ "CT" ] }, "PatientID": { "vr": "LO", "values": [ "PAT-4711" ] } } }""";

    private async Task IndexAsync(HttpContext context)
    {
        var entries = Known.Select(EntryOf).ToList();
        await context.Response.WriteAsync(Fault == ArchiveFaultKind.HalfIndex ? "[" + entries[0] + "," : "[" + string.Join(',', entries) + "]");
    }

    private Task EntryAsync(HttpContext context, string id) => AnswerAsync(context, id, known => context.Response.WriteAsync(EntryOf(known)));

    private Task FileAsync(HttpContext context, string id) => AnswerAsync(context, id, async known =>
    {
        var bytes = BytesOf(int.Parse(id[^1..], System.Globalization.CultureInfo.InvariantCulture));
        await context.Response.Body.WriteAsync(bytes.AsMemory(0, Fault == ArchiveFaultKind.ShortFile ? bytes.Length / 2 : bytes.Length), context.RequestAborted);
    });

    private async Task AnswerAsync(HttpContext context, string id, Func<KnownObject, Task> answer)
    {
        if (Fault == ArchiveFaultKind.Busy)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = "7";
            return;
        }
        if (Known.FirstOrDefault(known => known.Id.Value == id) is { } found)
            await answer(found);
        else
            context.Response.StatusCode = StatusCodes.Status404NotFound;
    }
}
