using Mdm.Host.Access;
using Mdm.Host.Configuration;
using Mdm.Host.Diagnostics;
using Mdm.Host.Door;
using Mdm.Host.Keys;
using Mdm.Host.Members;
using Mdm.Host.Metadata;
using Mdm.Host.Plugins;
using Mdm.Host.Publication;
using Mdm.Host.Requests;
using Mdm.Host.Services;
using Mdm.Host.Srm;
using Mdm.Host.Staging;
using Mdm.Host.Transfer;
using Mdm.Host.Uploads;

namespace Mdm.Host;

/// <summary>The process from its command line to its exit code: prepare, then check, list or serve. The folders are joined in <see cref="Build"/>, one line each.</summary>
internal static class HostProcess
{
    // Whoever asks a database waits for it on his thread. Their number is bounded by the stores' readers, and the pool would make a thread for another waiting one only after half a second.
    private const int ThreadsForStores = 16;

    /// <summary>Lets encrypting and sending overlap in bulk transfers; see bench/README.md.</summary>
    private const int SocketWriteBuffer = 1 << 20;

    public static async Task<int> RunAsync(HostCommandLine command, CancellationToken cancellationToken)
    {
        Preparation preparation;
        try
        {
            preparation = Preparation.Make(command, Environment.GetEnvironmentVariables(), HostAssemblies.OfThisProcess());
            // Only what is bound can be worked out.
            if (preparation.Faults.Count == 0)
                preparation = preparation with { Faults = [.. PublicationBook.FaultsOf(preparation.Configuration.Options).Concat(MetadataPlans.FaultsOf(preparation.Configuration.Options)).Concat(PutPlaces.FaultsOf(preparation.Configuration.Options, preparation.Configuration.Options.Srm.SpaceToken)).Concat(ReceiverDialer.FaultsOf(preparation.Configuration)).Select(f => f.ToString())] };
        }
        catch (ConfigurationFaultException fault)
        {
            return Refuse(command, fault.Faults.Select(f => f.ToString()));
        }
        if (command.Task == HostTask.VerifyAudit)
            return TrailCheck.Run(preparation.Configuration, command.AuditDirectory, Console.Out, Console.Error) ? ExitCode.Success : ExitCode.Faults;
        if (command.Task == HostTask.ListPlugins)
        {
            preparation.Shelf.Print(Console.Out);
            return preparation.Shelf.Faults.Count == 0 ? ExitCode.Success : ExitCode.Faults;
        }

        KeepThreadsForStores();
        using var loggers = LoggerFactory.Create(logging => LoggingSetup.Configure(logging, preparation.Configuration.Options.Logging));
        if (preparation.Faults.Count > 0 && command.Task != HostTask.Check)
            return Refuse(command, preparation.Faults);
        try
        {
            // What cannot be bound has no door; --check then says why, with all else that is wrong.
            using var door = preparation is { Configuration.Options.Door: { } doorOptions, Faults.Count: 0 }
                ? new GridDoor(preparation.Configuration, doorOptions, loggers, TimeProvider.System)
                : null;
            var surroundings = new PluginSurroundings(loggers, TimeProvider.System, preparation.Configuration.BaseDirectory, door is null ? RefuseConnection : door.ConnectAsync);
            if (command.Task == HostTask.Check)
                return await SelfCheck.RunAsync(preparation, surroundings, Console.Out, Console.Error, cancellationToken);
            await using var instances = await InstanceSet.CreateAsync(preparation.Plan, surroundings);
            // A storage host needs both; without a catalogue the process may still keep keys or metadata.
            await using var catalog = door is not null && preparation.Configuration.Options.Catalog is not null ? instances.Catalog() : null;
            await using var keys = catalog is not null && instances.Has(OfferKind.KeyStore, "Keys") ? instances.KeyStore() : null;
            await using var metadata = catalog is not null && instances.Has(OfferKind.MetadataStore, "Metadata") ? instances.MetadataStore() : null;
            await using var app = Build(preparation, instances, door, new Storage(catalog?.Value, keys?.Value, metadata?.Value), loggers);
            await app.RunAsync(cancellationToken);
            return ExitCode.Success;
        }
        catch (MdmException fault)
        {
            return Refuse(command, [fault.Message]);
        }
        catch (ConfigurationFaultException fault)
        {
            return Refuse(command, fault.Faults.Select(f => f.ToString()));
        }
        catch (IOException fault)
        {
            // A port that is taken; anything else was caught where it happened.
            await Console.Error.WriteLineAsync(fault.Message);
            return ExitCode.Faults;
        }
    }

    private static WebApplication Build(Preparation preparation, InstanceSet instances, GridDoor? door, Storage storage, ILoggerFactory loggers)
    {
        var configuration = preparation.Configuration;
        var options = configuration.Options;
        var state = configuration.PathOf(options.State.Directory);
        Directory.CreateDirectory(state, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = configuration.BaseDirectory });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(configuration);
        builder.Services.AddSingleton(preparation.Shelf);
        builder.Services.AddSingleton(instances);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddLogging();
        builder.Services.AddRoutingCore();
        builder.Services.AddDiagnostics();
        builder.Services.AddAudit(configuration, TrailCheck.FolderOf(configuration));
        if (door is not null)
            builder.Services.AddSingleton<CallerOf>(GridDoor.CallerOf).AddServices();
        builder.Services.AddServicePorts(door is null ? null : door.AcceptAsync);
        if (storage.Catalog is { } catalog)
        {
            builder.Services.AddSingleton(catalog);
            builder.Services.AddKeys(state, options.State.KeyLedger, storage.Keys);
            builder.Services.AddSingleton<IArchiveSource, ConfiguredArchives>();
            builder.Services.AddSingleton(options.Staging with { Directory = configuration.PathOf(options.Staging.Directory) });
            builder.Services.AddSingleton(options.Transfer with
            {
                BaseAddress = options.Transfer.BaseAddress ?? new UriBuilder(Uri.UriSchemeHttps, options.Door!.HostName, options.Door.Port).Uri,
                SecretFile = options.Transfer.SecretFile is { } secret ? configuration.PathOf(secret) : Path.Combine(state, "transfer-secret"),
            });
            builder.Services.AddSingleton(options.Requests);
            builder.Services.AddSingleton(options.Srm);
            builder.Services.AddMembers(state);
            builder.Services.AddAccess();
            builder.Services.AddStaging();
            builder.Services.AddSingleton<ConnectOther>((endpoint, cancellationToken) => door!.ConnectAsync(endpoint, null, cancellationToken));
            builder.Services.AddTransfer();
            builder.Services.AddRequests(state);
            builder.Services.AddSrm(services => services.GetRequiredService<AnnouncedServices>().InPairsAsync);
            builder.Services.AddMetadata(configuration, storage.Metadata);
            builder.Services.AddPublication(configuration);
            builder.Services.AddUploads(options, state, provider => provider.GetRequiredService<PublicationLedger>());
        }
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseSockets(sockets => sockets.MaxWriteBufferSize = SocketWriteBuffer);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ListenForDiagnostics(options.Diagnostics);
            door?.Listen(kestrel);
            kestrel.ListenForServices();
        });

        var app = builder.Build();
        app.Use(GridDoor.OfferDelegatedAsync);
        app.UseRouting();
        app.MapDiagnostics();
        if (door is not null)
            app.MapServices();
        if (storage.Catalog is not null)
        {
            app.MapKeys();
            app.MapSrm();
            app.MapTransfer();
            app.MapUploads();
            app.MapPublication();
        }
        return app;
    }

    /// <summary>What a storage host works on; a process without a catalogue is none.</summary>
    private sealed record Storage(ICatalog? Catalog, IKeyStore? Keys, IMetadataStore? Metadata);

    private static void KeepThreadsForStores()
    {
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, ThreadsForStores), completions);
    }

    private static int Refuse(HostCommandLine command, IEnumerable<string> faults)
    {
        foreach (var fault in faults)
            Console.Error.WriteLine(fault);
        return command.Task == HostTask.Run ? ExitCode.Configuration : ExitCode.Faults;
    }

    private static ValueTask<Stream> RefuseConnection(Uri endpoint, IGridCredential? credential, CancellationToken cancellationToken) =>
        throw new MdmException(MdmErrorKind.Unsupported, "This host has no grid connections: it is configured without a Door.");
}
