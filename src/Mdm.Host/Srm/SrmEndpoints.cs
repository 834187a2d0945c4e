using Mdm.Host.Access;
using Mdm.Host.Srm.Operations;
using Mdm.Srm.Soap;

namespace Mdm.Host.Srm;

internal static class SrmEndpoints
{
    /// <summary>Where clients post: what SURLs and information systems say, BeStMan's place, and the bare host.</summary>
    private static readonly string[] Paths = ["/srm/managerv2", "/srm/v2/server", "/"];

    /// <summary>Needs <see cref="SrmOptions"/>, <see cref="CallerOf"/>, access, requests and uploads.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="others">What srmPing tells besides.</param>
    public static IServiceCollection AddSrm(this IServiceCollection services, Func<IServiceProvider, OtherServices> others) => services
        .AddSingleton(others)
        .AddSingleton<AnswerLimit>()
        .AddSingleton<SrmDispatcher>()
        .AddSingleton<SrmEndpoint>()
        .AddSingleton<EntryDetails>()
        .AddSingleton<OrderedFiles>()
        .AddSingleton<Ping>()
        .AddSingleton<IOperation>(services => services.GetRequiredService<Ping>())
        .AddSingleton<IOperation, GetTransferProtocols>()
        .AddSingleton<IOperation, Ls>()
        .AddSingleton<IOperation, StatusOfLsRequest>()
        .AddSingleton<IOperation, PrepareToGet>()
        .AddSingleton<IOperation, StatusOfGetRequest>()
        .AddSingleton<IOperation, PrepareToPut>()
        .AddSingleton<IOperation, StatusOfPutRequest>()
        .AddSingleton<IOperation, PutDone>()
        .AddSingleton<IOperation, BringOnline>()
        .AddSingleton<IOperation, StatusOfBringOnlineRequest>()
        .AddSingleton<IOperation, ReleaseFiles>()
        .AddSingleton<IOperation, AbortRequest>()
        .AddSingleton<IOperation, AbortFiles>()
        .AddSingleton<IOperation, ExtendFileLifeTime>()
        .AddSingleton<IOperation, GetRequestSummary>()
        .AddSingleton<IOperation, GetRequestTokens>()
        .AddSingleton<IOperation, CheckPermission>()
        .AddSingleton<IOperation, GetPermission>()
        .AddSingleton<IOperation, SetPermission>()
        .AddSingleton<IOperation, Mkdir>()
        .AddSingleton<IOperation, Rmdir>()
        .AddSingleton<IOperation, Rm>()
        .AddSingleton<IOperation, Mv>()
        .AddSingleton<IOperation, GetSpaceTokens>()
        .AddSingleton<IOperation, GetSpaceMetaData>()
        .AddSingleton<IOperation, ReserveSpace>()
        .AddSingleton<IOperation, ReleaseSpace>();

    public static IEndpointRouteBuilder MapSrm(this IEndpointRouteBuilder routes)
    {
        var endpoint = routes.ServiceProvider.GetRequiredService<SrmEndpoint>();
        foreach (var path in Paths)
            routes.MapPost(path, (RequestDelegate)endpoint.ServeAsync);
        return routes;
    }
}

/// <summary>SRM over SOAP over HTTP. A SOAP fault answers only what is not SRM: clients repeat a call on a fault, and show users little of it.</summary>
internal sealed class SrmEndpoint(SrmDispatcher dispatcher, CallerOf callerOf, SrmOptions options, ILogger<SrmEndpoint> log) : IDisposable
{
    /// <summary>Bytes of a call that need no leave; what clients send is below 2 KiB.</summary>
    private const int SmallCall = 64 * 1024;

    // Who is not known can get no answer but to srmPing.
    private static readonly SoapLimits OfStrangers = SoapLimits.Request with { MaxBytes = SmallCall, MaxElements = 2_000 };

    private readonly SemaphoreSlim _largeCalls = new(options.MaxLargeCalls, options.MaxLargeCalls);

    public async Task ServeAsync(HttpContext http)
    {
        var leaving = http.RequestAborted;
        try
        {
            var caller = callerOf(http);
            SoapRequest request;
            try
            {
                request = await ReadAsync(http, caller.Identity is null ? OfStrangers : SoapLimits.Request, leaving);
            }
            catch (SoapException error)
            {
                Log.NotSoap(log, error.Message);
                await FaultAsync(http, error);
                return;
            }
            var answer = await dispatcher.AnswerAsync(request, caller, leaving);
            http.Response.ContentType = SoapWriter.ContentType;
            await SoapWriter.WriteResponseAsync(http.Response.BodyWriter, answer, leaving);
        }
        catch (Exception gone) when (leaving.IsCancellationRequested && gone is OperationCanceledException or IOException)
        {
            // The peer left: nobody is there to be told anything.
            http.Abort();
        }
    }

    public void Dispose() => _largeCalls.Dispose();

    private async ValueTask<SoapRequest> ReadAsync(HttpContext http, SoapLimits limits, CancellationToken leaving)
    {
        if (http.Request.ContentLength is <= SmallCall || limits.MaxBytes <= SmallCall)
            return await SoapReader.ReadRequestAsync(http.Request.Body, limits, leaving);
        await _largeCalls.WaitAsync(leaving);
        try
        {
            return await SoapReader.ReadRequestAsync(http.Request.Body, limits, leaving);
        }
        finally
        {
            _largeCalls.Release();
        }
    }

    private static async Task FaultAsync(HttpContext http, SoapException error)
    {
        // SOAP 1.1 §6.2: a fault is 500, whoever's fault it is.
        http.Response.StatusCode = StatusCodes.Status500InternalServerError;
        http.Response.ContentType = SoapWriter.ContentType;
        if (error.Error == SoapError.TooLarge)
            http.Response.Headers.Connection = "close";
        SoapWriter.WriteFault(http.Response.BodyWriter, isCallersFault: true, error.Message);
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }
}
