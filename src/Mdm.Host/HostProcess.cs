using Mdm.Host.Configuration;
using Mdm.Host.Diagnostics;
using Mdm.Host.Plugins;

namespace Mdm.Host;

/// <summary>The process from its command line to its exit code: prepare, then check, list or serve. The folders are joined in <see cref="Build"/>, one line each.</summary>
internal static class HostProcess
{
    public static async Task<int> RunAsync(HostCommandLine command, CancellationToken cancellationToken)
    {
        Preparation preparation;
        try
        {
            preparation = Preparation.Make(command, Environment.GetEnvironmentVariables(), HostAssemblies.OfThisProcess());
        }
        catch (ConfigurationFaultException fault)
        {
            return Refuse(command, fault.Faults.Select(f => f.ToString()));
        }
        if (command.Task == HostTask.ListPlugins)
        {
            preparation.Shelf.Print(Console.Out);
            return preparation.Shelf.Faults.Count == 0 ? ExitCode.Success : ExitCode.Faults;
        }

        using var loggers = LoggerFactory.Create(logging => LoggingSetup.Configure(logging, preparation.Configuration.Options.Logging));
        var surroundings = new PluginSurroundings(loggers, TimeProvider.System, preparation.Configuration.BaseDirectory, RefuseConnection);
        if (command.Task == HostTask.Check)
            return await SelfCheck.RunAsync(preparation, surroundings, Console.Out, Console.Error, cancellationToken);
        if (preparation.Faults.Count > 0)
            return Refuse(command, preparation.Faults);
        try
        {
            await using var instances = await InstanceSet.CreateAsync(preparation.Plan, surroundings);
            await using var app = Build(preparation, instances, loggers);
            await app.RunAsync(cancellationToken);
            return ExitCode.Success;
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

    private static WebApplication Build(Preparation preparation, InstanceSet instances, ILoggerFactory loggers)
    {
        var configuration = preparation.Configuration;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = configuration.BaseDirectory });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(configuration);
        builder.Services.AddSingleton(preparation.Shelf);
        builder.Services.AddSingleton(instances);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddRoutingCore();
        builder.Services.AddDiagnostics();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ListenForDiagnostics(configuration.Options.Diagnostics);
        });

        var app = builder.Build();
        app.UseRouting();
        app.MapDiagnostics();
        return app;
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
