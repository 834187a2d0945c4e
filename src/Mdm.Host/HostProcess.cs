using Mdm.Host.Access;
using Mdm.Host.Administration;
using Mdm.Host.Backup;
using Mdm.Host.Configuration;
using Mdm.Host.Diagnostics;
using Mdm.Host.Door;
using Mdm.Host.Keys;
using Mdm.Host.Members;
using Mdm.Host.Metadata;
using Mdm.Host.Names;
using Mdm.Host.Orders;
using Mdm.Host.Plugins;
using Mdm.Host.Publication;
using Mdm.Host.Requests;
using Mdm.Host.Services;
using Mdm.Host.Srm;
using Mdm.Host.Staging;
using Mdm.Host.Transfer;
using Mdm.Host.Uploads;
using Mdm.Host.Usage;

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
        if (command.Task == HostTask.Restore)
            return StateBackup.PutBack(command.BackupFolder!, Console.Out, Console.Error);
        Preparation preparation;
        try
        {
            preparation = Preparation.Make(command, Environment.GetEnvironmentVariables(), HostAssemblies.OfThisProcess());
            // Only what is bound can be worked out.
            if (preparation.Faults.Count == 0)
                preparation = preparation with { Faults = [.. PublicationBook.FaultsOf(preparation.Configuration.Options).Concat(MetadataPlans.FaultsOf(preparation.Configuration.Options)).Concat(PutPlaces.FaultsOf(preparation.Configuration.Options, preparation.Configuration.Options.NameOfPool())).Concat(ReceiverDialer.FaultsOf(preparation.Configuration)).Select(f => f.ToString())] };
        }
        catch (ConfigurationFaultException fault)
        {
            return Refuse(command, fault.Faults.Select(f => f.ToString()));
        }
        if (command.Task == HostTask.VerifyAudit)
            return TrailCheck.Run(preparation.Configuration, command.AuditDirectory, Console.Out, Console.Error) ? ExitCode.Success : ExitCode.Faults;
        if (command.Task == HostTask.Backup)
            return StateBackup.Make(preparation, command.ConfigurationFile, command.BackupFolder!, TimeProvider.System, Console.Out, Console.Error);
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
            using var door = OpenDoor(command, ref preparation, loggers);
            var surroundings = new PluginSurroundings(loggers, TimeProvider.System, preparation.Configuration.BaseDirectory, door is null ? RefuseConnection : door.ConnectAsync)
            {
                StateDirectory = preparation.Configuration.PathOf(preparation.Configuration.Options.State.Directory),
            };
            if (command.Task == HostTask.Check)
                return await SelfCheck.RunAsync(preparation, surroundings, archive => PutPlaces.FaultsOf(preparation.Configuration.Options, archive),
                    () => SiteCheck.Find(preparation.Configuration, preparation.Values, RequestStore.Schema) is var (faults, notes) ? (faults, notes) : ([], []), Console.Out, Console.Error, cancellationToken);
            await using var instances = await InstanceSet.CreateAsync(preparation.Plan, surroundings);
            // A storage host needs both; without a catalogue the process may still keep keys or metadata.
            await using var catalog = door is not null && preparation.Configuration.Options.Catalog is not null ? instances.Catalog() : null;
            await using var keys = catalog is not null && instances.Has(OfferKind.KeyStore, "Keys") ? instances.KeyStore() : null;
            await using var metadata = catalog is not null && instances.Has(OfferKind.MetadataStore, "Metadata") ? instances.MetadataStore() : null;
            await using var app = Build(command, preparation, instances, door, new Storage(catalog?.Value, keys?.Value, metadata?.Value), loggers);
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

    private static GridDoor? OpenDoor(HostCommandLine command, ref Preparation preparation, ILoggerFactory loggers)
    {
        if (preparation is not { Configuration.Options.Door: { } options, Faults.Count: 0 })
            return null;
        try
        {
            return new GridDoor(preparation.Configuration, options, loggers, TimeProvider.System);
        }
        catch (IOException fault) when (command.Task == HostTask.Check)
        {
            preparation = preparation with { Faults = [$"Door: {fault.Message} Give the host certificate, its key, and the folders of CA certificates and VOMS servers (Door:HostCertificateFile, HostKeyFile, CertificateDirectory, VomsDirectory)."] };
            return null;
        }
    }

    private static WebApplication Build(HostCommandLine command, Preparation preparation, InstanceSet instances, GridDoor? door, Storage storage, ILoggerFactory loggers)
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
        builder.Services.AddSingleton(instances.Calls);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddLogging();
        builder.Services.AddRoutingCore();
        builder.Services.AddDiagnostics();
        builder.Services.AddAudit(configuration, TrailCheck.FolderOf(configuration));
        if (door is not null)
            builder.Services.AddOrders(state, options.State.OrderLedger).AddCallers(GridDoor.CallerOf).AddServices().AddAdministration();
        builder.Services.AddServicePorts(door is null ? null : door.AcceptAsync);
        if (storage.Catalog is { } catalog)
        {
            builder.Services.AddSingleton(catalog);
            builder.Services.AddSingleton(options.Members);
            builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(stopping => stopping.ShutdownTimeout += options.Members.Drain);
            builder.Services.AddMembers(configuration, preparation.Values).AddDrains().AddUsage(state, options.State.UsageLedger);
            builder.Services.AddKeys(state, options.State.KeyLedger, storage.Keys, configuration.SecretsPath);
            builder.Services.AddSingleton<ConfiguredArchives>().AddSingleton<IArchiveSource>(services => services.GetRequiredService<ConfiguredArchives>());
            builder.Services.AddSingleton(preparation).AddSingleton(command);
            builder.Services.AddSingleton(options.Staging with { Directory = configuration.PathOf(options.Staging.Directory) });
            builder.Services.AddSingleton(options.Transfer with
            {
                BaseAddress = configuration.BaseAddress,
                SecretFile = configuration.TransferSecretPath,
            });
            builder.Services.AddSingleton(options.Requests);
            builder.Services.AddSingleton(options.Srm);
            builder.Services.AddAccess().AddNames();
            builder.Services.AddStaging();
            builder.Services.AddSingleton<ConnectOther>((endpoint, addresses, cancellationToken) => door!.ConnectAsync(endpoint, addresses, null, cancellationToken));
            builder.Services.AddTransfer();
            builder.Services.AddRequests(state);
            builder.Services.AddSrm(services => services.GetRequiredService<AnnouncedServices>().InPairsAsync);
            builder.Services.AddMetadata(configuration, storage.Metadata);
            builder.Services.AddPublication(configuration);
            builder.Services.AddUploads(options, state, provider => provider.GetRequiredService<PublicationLedger>());
            builder.Services.AddStorageAdministration();
        }
        else
        {
            builder.Services.AddSingleton(PublicationBook.Of(options).Identity).AddSingleton<AdministratorGate>();
        }
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseSockets(sockets => (sockets.MaxWriteBufferSize, sockets.CreateBoundListenSocket) = (SocketWriteBuffer, AdminSocket.Bind));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ListenForDiagnostics(options.Diagnostics);
            door?.Listen(kestrel);
            if (door is not null)
                AdminSocket.Listen(kestrel, configuration, loggers.CreateLogger(typeof(AdminSocket)));
            kestrel.ListenForServices();
        });

        var app = builder.Build();
        app.Use(GridDoor.OfferDelegatedAsync);
        app.Use(AdminSocket.OnlyOrdersAsync);
        if (door is not null)
            app.Use(app.Services.GetRequiredService<BarredCallers>().PassAsync);
        if (storage.Catalog is not null)
            app.Use(app.Services.GetRequiredService<Farewell>().PassAsync);
        app.UseRouting();
        app.MapDiagnostics();
        if (door is not null)
            app.MapServices().MapAdministration();
        if (storage.Catalog is not null)
        {
            app.MapKeys();
            app.MapNames();
            app.MapSrm();
            app.MapTransfer();
            app.MapUploads();
            app.MapPublication();
            app.MapStorageAdministration();
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
